# frozen_string_literal: true

provides :docker_metadata_block
unified_mode true
description "Keeps containers from the instance metadata service. The host's own traffic does not pass where the " \
            'rule stands.'
examples <<~RUBY
  docker_metadata_block 'containers' do
    addresses %w(169.254.169.254 fd00:ec2::254)
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

action :create, description: 'Install the rule and the unit that sets it at each boot, before Docker starts' do
  hub_package_set 'packet filter' do
    packages %w(iptables)
  end
  hub_program 'block-metadata' do
    from_cookbook 'docker'
  end
  program = "#{node['hub_node']['program_folder']}/block-metadata"
  hub_service_unit 'chef-hub-metadata-block' do
    summary 'Keep containers from the instance metadata service'
    dependencies('Wants' => 'network-pre.target', 'After' => 'network-pre.target', 'Before' => 'docker.service')
    settings('Type' => 'oneshot', 'RemainAfterExit' => 'yes',
             'ExecStart' => "#{program} add #{new_resource.addresses.join(' ')}",
             'ExecStop' => "#{program} remove #{new_resource.addresses.join(' ')}")
    wanted_by 'docker.service'
  end
end

action :delete, description: 'Lift the rule' do
  systemd_unit 'chef-hub-metadata-block.service' do
    action %i(stop disable delete)
  end
end
