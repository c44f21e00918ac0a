# frozen_string_literal: true

include_recipe 'docker'

swarm = node['docker_swarm']

# Before the node has a container of the Swarm.
swarm_container_fence 'notebooks' do
  closed_ranges swarm['closed_ranges'].to_a
  allowed_ranges swarm['allowed_ranges'].to_a
  action swarm['fence_containers'] ? :create : :delete
end

# In the warm pool a worker has converged and pulled, and is in no Swarm: join-swarm brings it there when it starts.
swarm_worker 'chef-hub' do
  region node['chef_hub']['region']
  advertise_address swarm['advertise_address']
  listen_address swarm['listen_address']
  token_parameter "#{node['chef_hub']['parameter_prefix']}/swarm/worker-token"
  service_id node['chef_hub']['services']['swarm']['id']
  deadline swarm['join_deadline']
  poll swarm['join_poll']
  action ::File.exist?('/var/lib/chef-hub/pooled') ? :nothing : :join
end

%w(clear-worker follow-swarm-leader join-swarm).each do |name|
  hub_program name do
    from_cookbook 'docker_swarm'
  end
end

# A leader that was replaced has another address. Until its Swarm is found there, running servers go on, but nobody
# reaches them.
hub_service_unit 'chef-hub-follow-leader' do
  summary 'Find the leader of the Swarm again after it was replaced'
  dependencies('After' => 'docker.service network-online.target', 'Requires' => 'docker.service')
  settings('Type' => 'oneshot', 'TimeoutStartSec' => '300',
           'Environment' => "SWARM_SERVICE=#{node['chef_hub']['services']['swarm']['id']} " \
                            'SWARM_CLUSTER_FILE=/var/lib/chef-hub/swarm-cluster',
           'ExecStart' => "#{node['hub_node']['program_folder']}/follow-swarm-leader")
  every '30s'
end

%w(pull-image prune-images).each do |name|
  hub_program name do
    from_cookbook 'docker'
  end
end

hub_program 'offer-worker' do
  from_cookbook 'docker_swarm'
end

# The leader sends users here only once the notebook image is present.
hub_service_unit 'chef-hub-offer-worker' do
  summary 'Pull the notebook image and tell the leader that this worker is ready'
  dependencies('After' => 'docker.service network-online.target chef-hub-follow-leader.service',
               'Requires' => 'docker.service', 'Wants' => 'chef-hub-follow-leader.service')
  settings('Type' => 'oneshot', 'TimeoutStartSec' => '3600', 'StateDirectory' => 'chef-hub/images',
           'Environment' => "CHEF_HUB_NETWORK=#{swarm['network']}",
           'ExecStart' => "#{node['hub_node']['program_folder']}/offer-worker")
  every '5min'
end

# A new image is pulled at once, and the run does not wait for it: this worker goes on with the one before meanwhile.
execute 'offer the new notebook image' do
  command %w(systemctl start --no-block chef-hub-offer-worker.service)
  action :nothing
end

file '/etc/chef-hub/notebook-image' do
  content "#{node['chef_hub']['hub']['notebook_image']}\n"
  mode '0644'
  notifies :run, 'execute[offer the new notebook image]', :delayed
end
