# frozen_string_literal: true

module ChefHub
  # AWS's partitions, as far as names of hosts go: those of China and of the European Sovereign Cloud end otherwise,
  # those of GovCloud do not.
  module Partition
    module_function

    # https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html
    def dns_suffix(region)
      case region
      when /\Acn-/ then 'amazonaws.com.cn'
      when /\Aeusc-/ then 'amazonaws.eu'
      else 'amazonaws.com'
      end
    end
  end
end
