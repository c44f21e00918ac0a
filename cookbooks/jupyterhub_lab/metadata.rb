# frozen_string_literal: true

name 'jupyterhub_lab'
maintainer 'JupyterHub on AWS'
license 'Apache-2.0'
description 'What an instance of the AWS Lab runs beside JupyterHub: the agent that counts and protects user sessions'
version '1.0.0'
chef_version '>= 17.0'
supports 'ubuntu', '>= 20.04'
supports 'debian', '>= 11.0'
