# frozen_string_literal: true

name 'hub_backup'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description "Backs up the leader's database, secrets and Swarm state to the shared files, and restores them"
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
depends 'hub_node'
depends 'nfs_client'
depends 'jupyterhub'
