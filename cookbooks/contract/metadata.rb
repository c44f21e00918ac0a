# frozen_string_literal: true

name 'contract'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description 'The node attributes that the stack hands over: schema, defaults, check'
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
