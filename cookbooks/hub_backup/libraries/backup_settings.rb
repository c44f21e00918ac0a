# frozen_string_literal: true

module ChefHub
  # What the program hub-backup is told: the same for saving and for giving back.
  module BackupSettings
    module_function

    # Hash of environment variables, none of them secret.
    def variables(node, generated)
      backup = node['hub_backup']
      hub = node['jupyterhub']
      mount_point = node['chef_hub']['efs']['mount_point']
      {
        'BACKUP_FOLDER' => ::File.join(mount_point, backup['folder_name']),
        'BACKUP_STATE' => backup['state_folder'],
        'HUB_STATE' => hub['state_folder'],
        'HUB_SECRETS' => ::File.join(hub['config_folder'], 'secrets.env'),
        'HUB_GENERATED' => generated.join(','),
        'SWARM_FOLDER' => backup['swarm_folder'],
        'MOUNT_POINT' => mount_point,
      }
    end

    # Hash as the value of systemd's Environment=.
    def line(variables)
      variables.map { |name, value| "#{name}=#{value}" }.join(' ')
    end
  end
end
