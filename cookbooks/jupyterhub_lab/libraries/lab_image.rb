# frozen_string_literal: true

require 'ipaddr'

module ChefHub
  # What programs and hub of a Lab instance know of their image: image.json.
  module LabImage
    HOME = '/usr/local/lib/jupyterhub-lab'
    # The operator's own files of JupyterHub's configuration, beside what the first boot writes.
    OPERATOR_FILES = '/etc/jupyterhub-lab/jupyterhub_config.d'
    # The stack tells the same path to the hub; as the name of a mount unit it is escaped by systemd's rules.
    HOMES = '/srv/jupyterhub/homes'
    HOMES_UNIT = 'srv-jupyterhub-homes.mount'
    # Written in place of the file system's name, which only the first boot knows.
    FILE_SYSTEM_NAME = '@FILE_SYSTEM_NAME@'
    UNITS = %w(jupyterhub-lab-firewall jupyterhub-lab-prepare jupyterhub-lab-efs jupyterhub-lab-proxy
               jupyterhub-lab).freeze
    # What each of the units reads only at its start, besides its own file.
    READS = {
      'jupyterhub-lab-firewall' => ["#{HOME}/image.json", "#{HOME}/programs/close-containers"],
      'jupyterhub-lab-prepare' => ["#{HOME}/image.json", "#{HOME}/efs.conf.in"],
      'jupyterhub-lab-efs' => ['/run/lab-hub/efs.conf'],
      'jupyterhub-lab-proxy' => [],
      'jupyterhub-lab' => ["#{HOME}/image.json", "#{HOME}/hub", OPERATOR_FILES],
    }.freeze

    module_function

    # Hash for image.json. The containers' gateway is the first address of their network: the host's own.
    def document(settings)
      network = settings['container_network']
      address = IPAddr.new(network)
      unless address.ipv4? && address.prefix.between?(16, 28)
        raise ArgumentError, "jupyterhub_lab.container_network is #{network.inspect}: give IPv4 of /16 to /28"
      end

      { 'notebook_image' => settings['notebook_image'], 'network' => 'jupyterhub-lab', 'bridge' => 'br-lab',
        'subnet' => "#{address}/#{address.prefix}", 'gateway' => address.succ.to_s }
    rescue IPAddr::Error
      raise ArgumentError, "jupyterhub_lab.container_network is #{network.inspect}: give it as 100.96.0.0/20"
    end

    # The unit that mounts the homes through the tunnel, for a Lab that has a shared file system.
    def mount_unit(nfs_client)
      options = [*nfs_client['mount_options'], "port=#{nfs_client['tunnel_port']}", '_netdev']
      needed = 'jupyterhub-lab-prepare.service jupyterhub-lab-efs.service'
      # Wanted, not required: a tunnel that was started again must not take the mount away under the users.
      { 'Unit' => { 'Description' => "Users' homes on the shared file system", 'Wants' => needed, 'After' => needed,
                    'ConditionPathExists' => '/run/lab-hub/efs.conf' },
        'Mount' => { 'What' => '127.0.0.1:/', 'Where' => HOMES, 'Type' => 'nfs4', 'Options' => options.join(','),
                     'TimeoutSec' => '150' } }
    end
  end
end
