# frozen_string_literal: true

include_recipe 'docker_swarm::leader'

contract = node['chef_hub'].to_h
settings = node['jupyterhub']
config = settings['config_folder']
network = node['docker_swarm']['network']
mount_point = contract['efs']['mount_point']
credentials = settings['credentials_folder']

# First of all: an image that cannot be pulled ends the run here, and hub and proxy go on as they are.
jupyterhub_image contract['hub']['hub_image'] do
  runs %w(jupyterhub configurable-http-proxy)
end

directory config do
  mode '0755'
end

directory settings['state_folder'] do
  mode '0700'
end

# Below it is one directory per user: everyone may pass through, and only root may list them.
directory ::File.join(mount_point, settings['users_folder']) do
  owner 'root'
  group 'root'
  mode '0711'
end

# What the hub does with a PostgreSQL, as a program by itself: a new address is tried before the hub gets it.
database_check = "#{node['hub_node']['program_folder']}/hub-postgresql.py"
cookbook_file database_check do
  source 'hub_common/postgresql.py'
  cookbook 'hub_common'
  owner 'root'
  group 'root'
  mode '0644'
end

# Before anything else that the hub reads: with a secret missing it goes on with what it has.
jupyterhub_secrets "#{config}/secrets.env" do
  region contract['region']
  generated ChefHub::HubSettings::GENERATED
  parameters ChefHub::HubSettings.login_parameters(contract)
  optional ChefHub::HubSettings.optional_parameters(contract)
  checks(ChefHub::HubSettings::DATABASE =>
         ChefHub::HubSettings.database_check(contract, settings, network, database_check))
  shortest ChefHub::HubSettings::SHORTEST
  excerpts("#{config}/proxy.env" => ChefHub::HubSettings::PROXY)
end

file "#{config}/settings.json" do
  content "#{JSON.pretty_generate(ChefHub::HubSettings.document(contract, settings, network))}\n"
  mode '0644'
end

hub_common_code "#{config}/hub" do
  from_cookbook 'jupyterhub'
  package 'swarm_hub'
end

# The operator's own files, which the hub reads after its own configuration. They may hold secrets.
remote_directory "#{config}/jupyterhub_config.d" do
  source 'jupyterhub_config.d'
  cookbook settings['config_cookbook']
  owner 'root'
  group 'root'
  mode '0700'
  files_mode '0600'
  purge true
end

# Containers do not reach the metadata service: the host hands the hub the role's short-lived credentials.
file "#{config}/aws-config" do
  content <<~CONFIG
    # Written by Chef. The SDK asks again before the credentials expire.
    [default]
    region = #{contract['region']}
    credential_process = /bin/cat #{credentials}/credentials.json
  CONFIG
  mode '0644'
end

hub_program 'refresh-hub-credentials' do
  from_cookbook 'jupyterhub'
end

hub_service_unit 'chef-hub-credentials' do
  summary "Hand the hub its role's credentials"
  settings('Type' => 'oneshot', 'TimeoutStartSec' => '60', 'Environment' => "CREDENTIALS_FOLDER=#{credentials}",
           'ExecStart' => "#{node['hub_node']['program_folder']}/refresh-hub-credentials")
  every '5min'
end

# The proxy is a separate service: connections to running servers outlive a restart of the hub. Until the hub has
# given a restarted proxy its routes, the hub answers in the servers' place: a 404 would tell JupyterLab that kernels
# are gone.
jupyterhub_container 'jupyterhub-proxy' do
  summary 'Proxy of JupyterHub'
  image contract['hub']['hub_image']
  command %w(configurable-http-proxy --ip 0.0.0.0 --port 8000 --api-ip 0.0.0.0 --api-port 8001
             --default-target http://jupyterhub:8081 --error-target http://jupyterhub:8081/hub/error
             --host-routing)
  network network
  memory settings['proxy_memory']
  publish ["#{settings['proxy_listen']}:8000"]
  environment_files ["#{config}/proxy.env"]
end

jupyterhub_container 'jupyterhub' do
  summary 'JupyterHub'
  image contract['hub']['hub_image']
  command ['jupyterhub', '--config', "#{config}/hub/jupyterhub_config.py"]
  network network
  memory settings['hub_memory']
  volumes ["#{config}:#{config}:ro", "#{settings['state_folder']}:#{settings['state_folder']}",
           "#{mount_point}:#{mount_point}", "#{credentials}:#{credentials}:ro",
           '/run/docker.sock:/run/docker.sock']
  environment({ 'CHEF_HUB_SETTINGS' => "#{config}/settings.json", 'PYTHONPATH' => "#{config}/hub",
                'PYTHONDONTWRITEBYTECODE' => '1', 'AWS_CONFIG_FILE' => "#{config}/aws-config",
                'AWS_EC2_METADATA_DISABLED' => 'true' }.merge(node['hub_node']['extra_environment'].to_h))
  environment_files ["#{config}/secrets.env"]
  reads ["#{config}/settings.json", "#{config}/hub", "#{config}/jupyterhub_config.d", "#{config}/aws-config"]
  needs_mount mount_point
  needs_units %w(jupyterhub-proxy.service chef-hub-credentials.service)
end

hub_program 'prune-images' do
  from_cookbook 'docker'
end

hub_service_unit 'chef-hub-prune-images' do
  summary 'Delete old images of the hub, but for the one in use and the one before'
  dependencies('After' => 'docker.service', 'Requires' => 'docker.service')
  settings('Type' => 'oneshot', 'TimeoutStartSec' => '600', 'StateDirectory' => 'chef-hub/images',
           'ExecStart' => "#{node['hub_node']['program_folder']}/prune-images /var/lib/chef-hub/images/hub " \
                          "#{contract['hub']['hub_image']}")
  every '1h'
end
