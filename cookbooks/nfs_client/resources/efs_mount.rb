# frozen_string_literal: true

provides :efs_mount
unified_mode true
description 'An EFS file system, mounted over TLS: a tunnel as a systemd unit, and an entry in fstab that needs ' \
            'it.'
examples <<~RUBY
  efs_mount '/mnt/chef-hub' do
    file_system_id 'fs-0123456789abcdef0'
    region 'us-east-1'
  end
RUBY

property :mount_point, String, name_property: true, regex: %r{\A(/[A-Za-z0-9_.-]+)+\z},
                               description: 'Where to mount it'
property :file_system_id, String, required: true, regex: /\Afs-[0-9a-f]{8,40}\z/,
                                  description: 'Id of the file system'
property :region, String, required: true,
                          description: 'Its AWS region'
property :address, String, default: '', regex: /\A[A-Za-z0-9.-]*\z/,
                           description: "Address of a mount target; the file system's DNS name when empty"
property :tunnel_port, Integer, default: 20_049, callbacks: {
  'must be a port' => ->(port) { (1..65_535).cover?(port) },
}, description: 'Local port of the TLS tunnel'
property :packages, Array, default: %w(nfs-common stunnel4),
                           description: 'Packages of the NFS client and of stunnel'
property :mount_options, Array, description: 'Options of the NFS mount',
                                default: %w(nfsvers=4.1 rsize=1048576 wsize=1048576 hard timeo=600 retrans=2 noresvport)
property :certificate_authorities, String, default: '/etc/ssl/certs/ca-certificates.crt',
                                           description: 'PEM file of the authorities that the tunnel trusts'

action :mount, description: 'Mount the file system now and at every boot; fail if it is not mounted afterwards' do
  hub_package_set 'NFS over TLS' do
    packages new_resource.packages
  end
  configure_tunnel
  mount_file_system
  check
end

action :unmount, description: 'Unmount the file system, now and for the next boots' do
  mount new_resource.mount_point do
    device '127.0.0.1:/'
    action %i(umount disable)
  end
  systemd_unit 'chef-hub-efs.service' do
    action %i(stop disable delete)
  end
end

action_class do
  def file_system_name
    "#{new_resource.file_system_id}.efs.#{new_resource.region}.#{ChefHub::Partition.dns_suffix(new_resource.region)}"
  end

  def configure_tunnel
    directory '/etc/stunnel' do
      mode '0755'
    end
    template '/etc/stunnel/chef-hub-efs.conf' do
      source 'stunnel.conf.erb'
      cookbook 'nfs_client'
      mode '0644'
      variables(port: new_resource.tunnel_port, name: file_system_name,
                address: new_resource.address.empty? ? file_system_name : new_resource.address,
                certificate_authorities: new_resource.certificate_authorities)
    end
    hub_service_unit 'chef-hub-efs' do
      summary 'TLS tunnel to the shared file system'
      # Before anything that mounts, and alive until everything is unmounted.
      dependencies('Before' => 'remote-fs-pre.target', 'Wants' => 'network-online.target remote-fs-pre.target',
                   'StartLimitIntervalSec' => '0')
      settings('ExecStart' => 'stunnel4 /etc/stunnel/chef-hub-efs.conf', 'Restart' => 'always', 'RestartSec' => '2',
               'LimitNOFILE' => '65536')
      reads ['/etc/stunnel/chef-hub-efs.conf']
    end
  end

  def mount_file_system
    directory new_resource.mount_point do
      mode '0755'
      recursive true
      # Once it is mounted, this is the root of the file system, whose mode is its own.
      not_if { ::File.directory?(new_resource.mount_point) }
    end
    # The entry in fstab makes systemd mount it at each boot, after the tunnel, and say so when it cannot. After, not
    # requiring it: when the tunnel is started again, systemd would unmount the files under those who work on them and
    # stop the hub. NFS waits for the tunnel by itself (`hard`).
    mount new_resource.mount_point do
      device '127.0.0.1:/'
      fstype 'nfs4'
      options [*new_resource.mount_options, "port=#{new_resource.tunnel_port}", '_netdev',
               'x-systemd.after=chef-hub-efs.service', 'x-systemd.mount-timeout=120']
      dump 0
      pass 0
      action %i(mount enable)
    end
    # systemd goes on with the entry that it read at boot, until it is told.
    hub_current_service mount_unit do
      action :load
    end
  end

  # Its name by systemd's rules: `/` becomes `-`, and what is neither letter, digit, `_`, `.` nor `:` is escaped.
  def mount_unit
    path = new_resource.mount_point.delete_prefix('/')
    escaped = path.gsub(%r{[^A-Za-z0-9_.:/]}) { |sign| format('\\x%02x', sign.ord) }
    "#{escaped.tr('/', '-')}.mount"
  end

  def check
    ruby_block "check #{new_resource.mount_point}" do
      block do
        raise "#{new_resource.file_system_id} is not mounted at #{new_resource.mount_point}: " \
              'look at `journalctl -u chef-hub-efs`, at the mount target in this zone and at its security group'
      end
      not_if { mounted? }
    end
  end

  def mounted?
    shell_out('findmnt', '--noheadings', '--types', 'nfs4', '--mountpoint', new_resource.mount_point).exitstatus.zero?
  end
end
