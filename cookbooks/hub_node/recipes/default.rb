# frozen_string_literal: true

include_recipe 'contract'

hub_package_set 'tools of the nodes' do
  packages node['hub_node']['packages'].to_a
end

directory ::File.dirname(node['hub_node']['environment_file']) do
  mode '0755'
end

template node['hub_node']['environment_file'] do
  source 'environment.erb'
  mode '0644'
  variables(variables: ChefHub::EnvironmentFile.variables(node['chef_hub'], node.name,
                                                          node['hub_node']['extra_environment'].to_h))
end

hub_program 'node-common.sh' do
  from_cookbook 'hub_node'
end

template "#{node['hub_node']['program_folder']}/forget-chef-node" do
  source 'forget-chef-node.erb'
  owner 'root'
  group 'root'
  mode '0755'
  variables(ruby: RbConfig.ruby, node_name: node.name,
            config_file: Chef::Config[:config_file] || '/etc/chef/client.rb')
end
