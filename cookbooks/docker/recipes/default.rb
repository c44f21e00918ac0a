# frozen_string_literal: true

include_recipe 'hub_node'

# The rules first: no container runs a moment without them.
docker_metadata_block 'containers' do
  addresses node['docker']['metadata_addresses'].to_a
  tcp_ports node['docker']['closed_tcp_ports'].to_a
  action node['docker']['block_metadata'] ? :create : :delete
end

docker_engine 'default' do
  package_name node['docker']['package']
  repository node['docker']['repository'].to_h
  version node['docker']['version']
  daemon node['docker']['daemon'].to_h
  labels({ 'chef-hub.node' => node.name }.merge(node['docker']['labels'].to_h))
end

# What a run had to put off, because notebook servers ran here, and what a run that was cut off has not done.
hub_service_unit 'chef-hub-engine' do
  summary 'Bring Docker in line with its settings once nobody works here'
  settings('Type' => 'oneshot', 'TimeoutStartSec' => '1800',
           'ExecStart' => "#{node['hub_node']['program_folder']}/settle-engine #{node['docker']['package']} " \
                          "#{node['docker']['version'].empty? ? '-' : node['docker']['version']}")
  every '1min'
end
