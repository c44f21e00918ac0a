# frozen_string_literal: true

# For the specs of all cookbooks. They use ChefSpec's own API, so they run under the real ChefSpec wherever Chef is:
#   rspec cookbooks/*/spec
# and where no Chef can be installed under the recorder in tests/cookbooks/recorder, unchanged.
require 'chefspec'
require 'json'

# The example contract, and runs with it.
module HubSpec
  COOKBOOKS = __dir__

  module_function

  # A fresh copy of the example contract's `chef_hub`.
  def contract
    JSON.parse(File.read(File.join(COOKBOOKS, 'contract/golden.json'))).fetch('chef_hub')
  end

  # A run of recipes with this contract; a block may set further attributes of the node.
  def converge(*recipes, contract: HubSpec.contract, step_into: [])
    runner = ChefSpec::SoloRunner.new(step_into: step_into) do |node|
      node.normal['chef_hub'] = contract
      yield node if block_given?
    end
    runner.converge(*recipes)
  end
end

RSpec.configure do |config|
  config.cookbook_path = HubSpec::COOKBOOKS
  config.role_path = File.join(HubSpec::COOKBOOKS, 'roles')
  config.platform = 'ubuntu'
  config.version = '20.04'
  config.log_level = :fatal
end
