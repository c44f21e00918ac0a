# frozen_string_literal: true

# Configuration of the hub, read only in its container.
default['jupyterhub']['config_folder'] = '/etc/jupyterhub'
# Cookbook with the folder files/default/jupyterhub_config.d: your own files of JupyterHub's configuration.
default['jupyterhub']['config_cookbook'] = 'jupyterhub'
# The hub's database, on the leader's own disk, unless it is in a PostgreSQL.
default['jupyterhub']['state_folder'] = '/var/lib/jupyterhub'
# Folder below the shared file system with one directory per user.
default['jupyterhub']['users_folder'] = 'users'
# Where the proxy listens on the leader; nginx forwards to it.
default['jupyterhub']['proxy_listen'] = '127.0.0.1:8000'
# Host folder of the hub's AWS credentials, in memory; renewed before they expire.
default['jupyterhub']['credentials_folder'] = '/run/chef-hub/aws'
# Memory that the hub's container may use at most.
default['jupyterhub']['hub_memory'] = '1g'
# Memory that the proxy's container may use at most.
default['jupyterhub']['proxy_memory'] = '512m'
