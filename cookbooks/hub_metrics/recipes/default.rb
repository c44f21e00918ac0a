# frozen_string_literal: true

include_recipe 'hub_node'

hub_program 'publish-hub-metrics' do
  from_cookbook 'hub_metrics'
end

hub_service_unit 'chef-hub-metrics' do
  summary 'Publish sessions, free places, answers, errors, files and certificate of the hub as CloudWatch metrics'
  dependencies('After' => 'network-online.target docker.service nginx.service')
  settings('Type' => 'oneshot', 'TimeoutStartSec' => '120', 'StateDirectory' => 'chef-hub/metrics',
           'Environment' => "HUB_HOSTNAME=#{node['chef_hub']['hub_hostname']} " \
                            "ACCESS_LOG=#{node['hub_metrics']['access_log']} " \
                            "BACKUP_STATE=#{node['hub_backup']['state_folder']} " \
                            "HUB_SECRETS=#{node['jupyterhub']['config_folder']}/secrets.env",
           'ExecStart' => "#{node['hub_node']['program_folder']}/publish-hub-metrics")
  every node['hub_metrics']['every']
end
