# frozen_string_literal: true

name 'hub_node'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description 'What every node of the hub has: environment, tools, the converge timer'
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
depends 'contract'
