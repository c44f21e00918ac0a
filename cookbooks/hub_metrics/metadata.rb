# frozen_string_literal: true

name 'hub_metrics'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description "The leader's metrics for CloudWatch: sessions, free places, hub, errors, file limit, certificate days"
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
depends 'hub_node'
depends 'nginx_proxy'
depends 'hub_backup'
depends 'jupyterhub'
