# frozen_string_literal: true

name 'nfs_client'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description 'The shared file system (EFS) over TLS'
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
depends 'contract'
depends 'hub_node'
