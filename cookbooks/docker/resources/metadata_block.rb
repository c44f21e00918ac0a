# frozen_string_literal: true

provides :docker_metadata_block
unified_mode true
description 'Keeps containers from the instance metadata service, and from TCP ports that only the host may use. The ' \
            "rules do not apply to the host's own traffic."
examples <<~RUBY
  docker_metadata_block 'containers' do
    addresses %w(169.254.169.254 fd00:ec2::254)
    tcp_ports [2049]
  end
RUBY

property :instance_name, String, name_property: true,
                                 description: 'Any name'
property :addresses, Array, required: true,
                            description: 'IPv4 and IPv6 addresses of the metadata service',
                            callbacks: {
                              'must be IP addresses' => lambda do |addresses|
                                addresses.any? && addresses.all? { |address| address.match?(/\A[0-9a-fA-F.:]+\z/) }
                              end,
                            }
property :tcp_ports, Array, default: [].freeze,
                            description: 'TCP ports, of any address, that containers cannot reach',
                            callbacks: {
                              'must be port numbers' => lambda do |ports|
                                ports.all? { |port| port.is_a?(Integer) && port.between?(1, 65_535) }
                              end,
                            }

action :create, description: 'Install the rules and the unit that sets them at each boot, before Docker starts' do
  hub_package_set 'packet filter' do
    packages %w(iptables)
  end
  hub_program 'block-metadata' do
    from_cookbook 'docker'
  end
  program = "#{node['hub_node']['program_folder']}/block-metadata"
  closed = (new_resource.addresses + new_resource.tcp_ports.map { |port| "tcp/#{port}" }).join(' ')
  hub_service_unit 'chef-hub-metadata-block' do
    summary 'Keep containers from the instance metadata service'
    dependencies('Wants' => 'network-pre.target', 'After' => 'network-pre.target', 'Before' => 'docker.service')
    settings('Type' => 'oneshot', 'RemainAfterExit' => 'yes',
             'ExecStart' => "#{program} add #{closed}",
             'ExecStop' => "#{program} remove #{closed}")
    wanted_by 'docker.service'
  end
end

action :delete, description: 'Remove the rules' do
  systemd_unit 'chef-hub-metadata-block.service' do
    action %i(stop disable delete)
  end
end
