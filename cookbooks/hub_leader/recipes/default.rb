# frozen_string_literal: true

# A thin entry: which cookbooks, in which order. The contract first: a mistake ends the run before anything acts.
include_recipe 'contract'
ChefHub::Contract.check_kind!(node['chef_hub'], 'hub_leader', 'server')
include_recipe 'hub_node'
include_recipe 'nfs_client'
# Before the engine and the hub, which would make their own.
include_recipe 'hub_backup::restore'
include_recipe 'docker'
include_recipe 'docker_swarm::leader'
include_recipe 'jupyterhub'
include_recipe 'hub_backup'
include_recipe 'nginx_proxy'
include_recipe 'hub_metrics'
