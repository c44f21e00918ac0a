# frozen_string_literal: true

name 'jupyterhub'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description 'JupyterHub and its proxy as containers on the leader'
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
depends 'contract'
depends 'hub_node'
depends 'docker'
depends 'docker_swarm'
