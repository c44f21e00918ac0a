# frozen_string_literal: true

module ChefHub
  # The settings that the programs of the cookbooks read, from the contract.
  module EnvironmentFile
    module_function

    # Hash of variable names to values, none of them secret.
    def variables(contract, node_name, extra)
      {
        'AWS_REGION' => contract['region'],
        'AWS_DEFAULT_REGION' => contract['region'],
        'AWS_PAGER' => '',
        'CHEF_HUB_PREFIX' => contract['parameter_prefix'],
        'CHEF_HUB_NODE' => node_name,
        'CHEF_HUB_AUTOSCALING_GROUP' => contract['autoscaling_group'],
        'CHEF_HUB_NOTEBOOK_IMAGE' => contract['hub']['notebook_image'],
        'CHEF_HUB_LAUNCHING_HOOK' => contract['launching_hook'], # where the workers have a warm pool
      }.reject { |_, value| value.nil? }.merge(extra)
    end

    # One line of systemd's EnvironmentFile: quoted, with the few characters escaped that are special inside quotes.
    def line(name, value)
      raise ArgumentError, "the variable #{name} holds a line break" if value.to_s.include?("\n")

      "#{name}=\"#{value.to_s.gsub(/["\\$`]/) { |special| "\\#{special}" }}\""
    end
  end
end
