# frozen_string_literal: true

# Address that the Swarm's nodes use for this one; the node's own private address.
default['docker_swarm']['advertise_address'] = node['ipaddress'] || ChefHub::OwnAddress.find
# Address and port that Swarm listens on.
default['docker_swarm']['listen_address'] = '0.0.0.0:2377'
# Ranges for overlay networks; apart from the VPC's.
default['docker_swarm']['address_pools'] = %w(100.64.0.0/12)
# Length of the prefix of each overlay network: 22 is 1022 addresses.
default['docker_swarm']['subnet_size'] = 22
# `active`: on a drained node Docker does not attach containers to the overlay network, so the hub could not start
# there. Notebook servers stay off the leader because they are placed on workers only.
default['docker_swarm']['leader_availability'] = 'active'
# The leader's instance id in Cloud Map; the stack registers it under the same id.
default['docker_swarm']['cloud_map_instance'] = 'swarm_svc_master'
# How long a worker waits for the leader's address and token, and for the Swarm to take it in; seconds.
default['docker_swarm']['join_deadline'] = 900
# Seconds between two checks meanwhile.
default['docker_swarm']['join_poll'] = 5
# The join token is renewed this often (systemd's calendar form); nodes that are members are not affected.
default['docker_swarm']['token_rotation'] = 'weekly'
# A worker that is Down for this many seconds, and did not leave, is removed with its Chef node.
default['docker_swarm']['reap_after'] = 600
# The overlay network of hub and notebook servers.
default['docker_swarm']['network'] = 'chef-hub'
# Encrypt its traffic between hosts (IPsec; the firewall lets ESP through).
default['docker_swarm']['network_encrypted'] = true
# Keep notebooks from their node, from the Swarm's ports and from other machines of the VPC.
default['docker_swarm']['fence_containers'] = true
# IPv4 ranges that notebooks cannot reach: those that are private by standard, and the VPC's. Name servers stay open.
default['docker_swarm']['closed_ranges'] = %w(10.0.0.0/8 100.64.0.0/10 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16) |
                                           ChefHub::VpcRanges.of(node)
# Ranges that notebooks may reach anyway, such as that of a database: name them as narrowly as you can.
default['docker_swarm']['allowed_ranges'] = []
