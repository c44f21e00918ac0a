# frozen_string_literal: true

# What AWS recommends for EFS: https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-nfs-mount-settings.html
default['nfs_client']['mount_options'] = %w(
  nfsvers=4.1 rsize=1048576 wsize=1048576 hard timeo=600 retrans=2 noresvport
)
# Local port of the TLS tunnel to the file system.
default['nfs_client']['tunnel_port'] = 20_049
# `stunnel4` and `nfs-common` are in the distributions; amazon-efs-utils, which does the same, is not.
default['nfs_client']['packages'] = %w(nfs-common stunnel4)
# PEM file of the authorities that the tunnel trusts.
default['nfs_client']['certificate_authorities'] = '/etc/ssl/certs/ca-certificates.crt'
