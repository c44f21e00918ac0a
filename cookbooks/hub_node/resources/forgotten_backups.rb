# frozen_string_literal: true

provides :hub_forgotten_backups
unified_mode true
description 'Deletes the copies that Chef has kept of earlier versions of a file, because the file holds secrets.'
examples <<~RUBY
  hub_forgotten_backups '/etc/jupyterhub/secrets.env'
RUBY

property :path, String, name_property: true, regex: %r{\A(/[A-Za-z0-9_.-]+)+\z},
                        description: 'The file'

action :delete, description: 'Delete the copies in the backup folders of Chef and Cinc' do
  copies.each do |copy|
    file copy do
      backup false
      action :delete
    end
  end
end

action_class do
  def copies
    folders = [Chef::Config[:file_backup_path], '/var/chef/backup', '/var/cinc/backup'].compact.uniq
    folders.flat_map { |folder| ::Dir.glob("#{folder}#{new_resource.path}.chef-*") }.uniq.sort
  end
end
