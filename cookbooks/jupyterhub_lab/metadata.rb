# frozen_string_literal: true

name 'jupyterhub_lab'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description 'An instance of the AWS Lab: JupyterHub with a container for each user, and the agent that counts sessions'
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
depends 'hub_node'
depends 'docker'
depends 'nfs_client'
depends 'hub_common'
