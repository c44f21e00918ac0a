# frozen_string_literal: true

include_recipe 'hub_node'

# The rule first: no container runs a moment without it.
docker_metadata_block 'containers' do
  addresses node['docker']['metadata_addresses'].to_a
  action node['docker']['block_metadata'] ? :create : :delete
end

docker_engine 'default' do
  package_name node['docker']['package']
  repository node['docker']['repository'].to_h
  daemon node['docker']['daemon'].to_h
  labels({ 'chef-hub.node' => node.name }.merge(node['docker']['labels'].to_h))
end
