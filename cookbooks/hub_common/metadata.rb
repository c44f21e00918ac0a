# frozen_string_literal: true

name 'hub_common'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description 'What the hubs of both designs share: a Python package, installed beside the package of each hub'
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
