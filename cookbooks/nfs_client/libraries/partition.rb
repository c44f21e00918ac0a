# frozen_string_literal: true

module ChefHub
  # AWS's partitions, as far as names of hosts go: those of China end otherwise, those of GovCloud do not.
  module Partition
    module_function

    # https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html
    def dns_suffix(region)
      region.start_with?('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
    end
  end
end
