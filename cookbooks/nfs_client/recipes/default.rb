# frozen_string_literal: true

include_recipe 'hub_node'

efs = node['chef_hub']['efs']

efs_mount efs['mount_point'] do
  file_system_id efs['file_system_id']
  region node['chef_hub']['region']
  address efs['address']
  tunnel_port node['nfs_client']['tunnel_port']
  packages node['nfs_client']['packages'].to_a
  mount_options node['nfs_client']['mount_options'].to_a
  certificate_authorities node['nfs_client']['certificate_authorities']
end
