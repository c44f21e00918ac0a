# frozen_string_literal: true

require 'ipaddr'

provides :swarm_container_fence
unified_mode true
description "Keeps the Swarm's containers from their node, from the Swarm's ports and, with `closed_ranges`, from " \
            'the ranges of other machines. The Internet, name servers and existing connections stay open.'
examples <<~RUBY
  # Notebooks reach a database, but not other machines of the VPC.
  swarm_container_fence 'notebooks' do
    closed_ranges %w(10.0.0.0/8)
    allowed_ranges %w(10.30.5.20/32)
  end

  # The hub's containers: they may reach the operator's machines, but not their node.
  swarm_container_fence 'hub'
RUBY

range = lambda do |ranges|
  Array(ranges).all? do |text|
    text.is_a?(String) && text.match?(%r{\A[0-9a-fA-F.:]+(/\d+)?\z}) && IPAddr.new(text)
  rescue IPAddr::Error
    false
  end
end

property :instance_name, String, name_property: true,
                                 description: 'Any name'
property :closed_ranges, [Array, nil], description: 'IPv4 ranges that containers cannot reach; without them only ' \
                                                    "their node and the Swarm's ports are closed. With them, the " \
                                                    "node's own networks and IPv6 are closed too",
                                       callbacks: { 'must be ranges such as 10.0.0.0/8' => range }
property :allowed_ranges, Array, default: [].freeze,
                                 description: 'Ranges, IPv4 or IPv6, that containers may reach anyway',
                                 callbacks: { 'must be ranges such as 10.30.5.20/32' => range }

action :create, description: 'Install the rules and the unit that sets them at each boot, before Docker starts' do
  hub_package_set 'packet filter' do
    packages %w(iptables)
  end
  hub_program 'fence-containers' do
    from_cookbook 'docker_swarm'
  end
  program = "#{node['hub_node']['program_folder']}/fence-containers"
  words = [program, 'add']
  words.push('closed', *new_resource.closed_ranges) if new_resource.closed_ranges
  words.push('allowed', *new_resource.allowed_ranges) unless new_resource.allowed_ranges.empty?
  hub_service_unit 'chef-hub-container-fence' do
    summary "Keep the Swarm's containers from this node and its neighbours"
    dependencies('Wants' => 'network-pre.target', 'After' => 'network-pre.target', 'Before' => 'docker.service')
    # No ExecStop: a changed list takes the old one's place at once, without a moment that is open.
    settings('Type' => 'oneshot', 'RemainAfterExit' => 'yes', 'ExecStart' => words.join(' '))
    wanted_by 'docker.service'
  end
end

action :delete, description: 'Remove the rules' do
  program = "#{node['hub_node']['program_folder']}/fence-containers"
  execute 'lift the fence of the containers' do
    command [program, 'remove']
    only_if { ::File.exist?('/etc/systemd/system/chef-hub-container-fence.service') && ::File.exist?(program) }
  end
  systemd_unit 'chef-hub-container-fence.service' do
    action %i(stop disable delete)
  end
end
