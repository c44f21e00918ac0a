# frozen_string_literal: true

name 'docker'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description 'Docker Engine; containers cannot reach the instance metadata service'
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
depends 'hub_node'
