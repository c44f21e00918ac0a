# frozen_string_literal: true

programs = node['hub_node']['program_folder']

hub_package_set 'backups of the leader' do
  packages %w(python3 openssl)
end

remote_directory "#{programs}/hub_backup" do
  source 'hub_backup'
  owner 'root'
  group 'root'
  mode '0755'
  files_mode '0644'
  purge true
end

hub_program 'hub-backup' do
  from_cookbook 'hub_backup'
end
