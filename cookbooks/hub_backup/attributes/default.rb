# frozen_string_literal: true

# Folder below the shared file system; readable for root only, and no user's server mounts it.
default['hub_backup']['folder_name'] = 'leader-backup'
# Where the leader keeps the key and when it saved last.
default['hub_backup']['state_folder'] = '/var/lib/chef-hub/backup'
# How long after the last one the next copy of what has changed is made, in systemd's form: what is younger is lost
# with a leader that dies without a word.
default['hub_backup']['every'] = '1min'
# When the copies are made that are kept for two weeks, in systemd's calendar form.
default['hub_backup']['nightly'] = '*-*-* 02:30:00'
# The engine's state of the Swarm.
default['hub_backup']['swarm_folder'] = '/var/lib/docker/swarm'
