# frozen_string_literal: true

# Configuration of the hub, read only in its container; and its database, on the leader's own disk.
default['jupyterhub']['config_folder'] = '/etc/jupyterhub'
default['jupyterhub']['state_folder'] = '/var/lib/jupyterhub'
# Folder below the shared file system with one directory a user.
default['jupyterhub']['users_folder'] = 'users'
# Where the proxy listens on the leader; nginx forwards to it.
default['jupyterhub']['proxy_listen'] = '127.0.0.1:8000'
# Host folder of the hub's AWS credentials, in memory; renewed before they expire.
default['jupyterhub']['credentials_folder'] = '/run/chef-hub/aws'
# Memory that the hub's container may use at most, and the proxy's.
default['jupyterhub']['hub_memory'] = '1g'
default['jupyterhub']['proxy_memory'] = '512m'
