# frozen_string_literal: true

include_recipe 'hub_node'

backup = node['hub_backup']
program = "#{node['hub_node']['program_folder']}/hub-backup"
mount_point = node['chef_hub']['efs']['mount_point']
variables = ChefHub::BackupSettings.line(
  ChefHub::BackupSettings.variables(node, ChefHub::HubSettings::GENERATED)
)

include_recipe 'hub_backup::program'

hub_service_unit 'chef-hub-backup' do
  summary 'Save what has changed of the hub to the shared files'
  dependencies('RequiresMountsFor' => mount_point)
  settings('Type' => 'oneshot', 'TimeoutStartSec' => '300', 'Environment' => variables,
           'ExecStart' => "#{program} save recent")
  every backup['every']
end

hub_service_unit 'chef-hub-backup-nightly' do
  summary 'Save the hub to the shared files, for two weeks'
  dependencies('RequiresMountsFor' => mount_point)
  settings('Type' => 'oneshot', 'TimeoutStartSec' => '900', 'Environment' => variables,
           'ExecStart' => "#{program} save nightly")
  calendar backup['nightly']
end

# Started before the engine, so stopped after it, with the shared files still there: nothing changes any more then.
hub_service_unit 'chef-hub-backup-at-stop' do
  summary 'Save the hub to the shared files when the leader stops'
  dependencies('RequiresMountsFor' => mount_point, 'Before' => 'docker.service',
               'Wants' => 'network-online.target', 'After' => 'network-online.target')
  settings('Type' => 'oneshot', 'RemainAfterExit' => 'yes', 'Environment' => variables,
           'ExecStart' => '/bin/true', 'ExecStop' => "#{program} save stop", 'TimeoutStopSec' => '120')
end
