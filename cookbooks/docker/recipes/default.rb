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
  daemon node['docker']['daemon'].to_h
  labels({ 'chef-hub.node' => node.name }.merge(node['docker']['labels'].to_h))
end
