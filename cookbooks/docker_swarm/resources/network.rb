# frozen_string_literal: true

provides :swarm_network
unified_mode true
description 'An overlay network of the Swarm to which containers on the leader can be attached too.'
examples <<~RUBY
  swarm_network 'chef-hub' do
    encrypted true
  end
RUBY

property :network_name, String, name_property: true, regex: /\A[a-z0-9][a-z0-9_.-]*\z/,
                                description: 'Name of the network'
property :encrypted, [true, false], default: true,
                                    description: 'Encrypt the traffic between hosts (IPsec)'

action :create, description: 'Create the network unless it exists' do
  options = new_resource.encrypted ? %w(--opt encrypted) : []
  execute "create the network #{new_resource.network_name}" do
    command ['docker', 'network', 'create', '--driver', 'overlay', '--attachable', *options, new_resource.network_name]
    not_if { network?(new_resource.network_name) }
  end
end

action_class do
  include ChefHub::SwarmCommands
end
