# frozen_string_literal: true

include_recipe 'nfs_client'

program = "#{node['hub_node']['program_folder']}/hub-backup"
settled = "#{node['hub_backup']['state_folder']}/settled"

include_recipe 'hub_backup::program'

# Before the engine and the hub make their own: once in a leader's life. A hub that began anew because its backup could
# not be read would overwrite nothing, but lose everybody's servers; so that ends the run.
execute 'give a new leader what the last one saved' do
  command [program, 'restore']
  environment ChefHub::BackupSettings.variables(node, ChefHub::HubSettings::GENERATED)
                                     .merge('AWS_REGION' => node['chef_hub']['region'], 'AWS_PAGER' => '',
                                            'CHEF_HUB_PREFIX' => node['chef_hub']['parameter_prefix'])
                                     .merge(node['hub_node']['extra_environment'].to_h)
  live_stream true
  timeout 1800
  creates settled
end
