# frozen_string_literal: true

name 'docker_swarm'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description 'Swarm leader and workers: start, join, leave, clean up'
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
depends 'contract'
depends 'hub_node'
depends 'docker'
