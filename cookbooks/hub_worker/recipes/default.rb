# frozen_string_literal: true

# A thin entry: which cookbooks, in which order. The contract first: a mistake ends the run before anything acts.
include_recipe 'contract'
ChefHub::Contract.check_kind!(node['chef_hub'], 'worker', 'worker')
include_recipe 'hub_node'
include_recipe 'nfs_client'
include_recipe 'docker'
include_recipe 'docker_swarm::worker'
