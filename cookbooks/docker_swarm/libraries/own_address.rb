# frozen_string_literal: true

require 'socket'

module ChefHub
  # The address of this node where Ohai finds none: it asks the command `ip`, which a bare system lacks.
  module OwnAddress
    module_function

    # A private IPv4 address or, without one, any that others could reach; nil when there is none.
    def find
      own = Socket.ip_address_list.select(&:ipv4?)
      (own.find(&:ipv4_private?) || own.find { |address| !local?(address) })&.ip_address
    end

    # Loopback, and the range in which the metadata service answers
    def local?(address)
      address.ipv4_loopback? || address.ip_address.start_with?('169.254.')
    end
  end
end
