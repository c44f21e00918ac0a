# frozen_string_literal: true

module ChefHub
  # The IPv4 ranges of the VPC, as Ohai reads them from the metadata service; they need not be private ones.
  module VpcRanges
    module_function

    # None where Ohai found no EC2.
    def of(node)
      interfaces = node['ec2'] && node['ec2']['network_interfaces_macs']
      (interfaces || {}).values.flat_map do |interface|
        Array(interface['vpc_ipv4_cidr_blocks'] || interface['vpc_ipv4_cidr_block']).flat_map(&:split)
      end.uniq
    end
  end
end
