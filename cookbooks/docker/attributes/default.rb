# frozen_string_literal: true

# `docker.io` is the distribution's own package; `docker-ce` needs `docker.repository`.
default['docker']['package'] = 'docker.io'
# Version of that package, as apt names it; empty keeps what is installed. Automatic updates leave the engine's packages
# alone: another version is installed when no notebook server runs on the node.
default['docker']['version'] = ''
# For docker-ce: an apt repository with `uri`, `key` (URL or file), `distribution` and `components`; none when empty.
default['docker']['repository'] = {}
# Settings of /etc/docker/daemon.json besides the labels. `live-restore` is left out: Swarm refuses it.
default['docker']['daemon'] = {
  'log-driver' => 'json-file',
  'log-opts' => { 'max-size' => '10m', 'max-file' => '3' },
  'no-new-privileges' => true,
}
# Labels of the engine, as name => value. The leader knows a worker's Chef node by `chef-hub.node`.
default['docker']['labels'] = {}
# Keep containers from the instance metadata service, and with it from the instance's role.
default['docker']['block_metadata'] = true
# Addresses of the instance metadata service.
default['docker']['metadata_addresses'] = %w(169.254.169.254 fd00:ec2::254)
# TCP ports, of any address, that containers cannot reach where the metadata service is kept from them. 2049 is NFS: the
# host mounts the shared file system, and whoever speaks NFS to it directly may call themselves any user.
default['docker']['closed_tcp_ports'] = [2049]
