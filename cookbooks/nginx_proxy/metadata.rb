# frozen_string_literal: true

name 'nginx_proxy'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description 'nginx in front of the hub: TLS, certificates, websockets'
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
depends 'contract'
depends 'hub_node'
