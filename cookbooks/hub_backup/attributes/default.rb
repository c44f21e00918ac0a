# frozen_string_literal: true

# Folder below the shared file system; only root can read it, and users' servers do not mount it.
default['hub_backup']['folder_name'] = 'leader-backup'
# Where the leader keeps the key and the time of the last copy.
default['hub_backup']['state_folder'] = '/var/lib/chef-hub/backup'
# How long after one copy the next copy of what has changed is made, in systemd's format: newer changes are lost when
# the leader dies.
default['hub_backup']['every'] = '1min'
# When the nightly copies, kept for two weeks, are made, in systemd's calendar format.
default['hub_backup']['nightly'] = '*-*-* 02:30:00'
# The engine's state of the Swarm.
default['hub_backup']['swarm_folder'] = '/var/lib/docker/swarm'
