# frozen_string_literal: true

# Container image of the notebook servers. It is built into the machine image, and never pulled when a server starts.
default['jupyterhub_lab']['notebook_image'] = 'jupyterhub-lab/notebook:latest'
# IPv4 network of the containers on each instance, /16 to /28, apart from the VPC and from the networks connected to it.
default['jupyterhub_lab']['container_network'] = '100.96.0.0/20'
