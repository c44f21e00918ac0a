# frozen_string_literal: true

include_recipe 'docker'

swarm = node['docker_swarm']
prefix = node['chef_hub']['parameter_prefix']
programs = node['hub_node']['program_folder']

# Hub and proxy alone run here. They call AWS, a database and login providers wherever these are, but not their node.
swarm_container_fence 'hub' do
  action swarm['fence_containers'] ? :create : :delete
end

swarm_leader 'chef-hub' do
  region node['chef_hub']['region']
  advertise_address swarm['advertise_address']
  listen_address swarm['listen_address']
  address_pools swarm['address_pools'].to_a
  subnet_size swarm['subnet_size']
  availability swarm['leader_availability']
  token_parameter "#{prefix}/swarm/worker-token"
  service_id node['chef_hub']['services']['swarm']['id']
  cloud_map_instance swarm['cloud_map_instance']
end

swarm_network swarm['network'] do
  encrypted swarm['network_encrypted']
end

%w(keep-swarm rotate-swarm-token).each do |name|
  hub_program name do
    from_cookbook 'docker_swarm'
  end
end

hub_service_unit 'chef-hub-swarm-keeper' do
  summary 'Mark workers that are ready, drain those that leave, remove those that are gone'
  dependencies('After' => 'docker.service', 'Requires' => 'docker.service')
  settings('Type' => 'oneshot', 'TimeoutStartSec' => '300', 'StateDirectory' => 'chef-hub/keeper',
           'Environment' => "CHEF_HUB_REAP_AFTER=#{swarm['reap_after']}",
           'ExecStart' => "#{programs}/keep-swarm")
  every '10s'
end

hub_package_set 'worker rollouts' do
  packages %w(python3)
end

remote_directory "#{programs}/worker_rollout" do
  source 'worker_rollout'
  owner 'root'
  group 'root'
  mode '0755'
  files_mode '0644'
  purge true
end

hub_service_unit 'chef-hub-worker-rollout' do
  summary 'Replace workers of an older launch template, when a rollout was started'
  dependencies('After' => 'docker.service', 'Requires' => 'docker.service')
  settings('Type' => 'oneshot', 'TimeoutStartSec' => '300',
           'Environment' => "PYTHONPATH=#{programs} PYTHONDONTWRITEBYTECODE=1",
           'ExecStart' => '/usr/bin/python3 -m worker_rollout')
  every '30s'
end

hub_service_unit 'chef-hub-token-rotation' do
  summary 'Renew and publish the worker join token'
  dependencies('After' => 'docker.service', 'Requires' => 'docker.service')
  settings('Type' => 'oneshot', 'TimeoutStartSec' => '300', 'ExecStart' => "#{programs}/rotate-swarm-token")
  calendar swarm['token_rotation']
end
