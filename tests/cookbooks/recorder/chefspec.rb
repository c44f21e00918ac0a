# frozen_string_literal: true

# Stands in for ChefSpec where no Chef can be installed: `require 'chefspec'` finds this file when its folder is
# on the load path. It loads metadata, libraries, attributes, custom resources and recipes for real, runs what the
# specs step into, and records the rest. Whatever it does not know (a resource, a property, an action, a method, a
# matcher) is an error, never a silent success: so a spec that passes here says something, and the real ChefSpec,
# under which the same specs run unchanged, has the last word.
require 'rspec'
require_relative 'recorder/errors'
require_relative 'recorder/chef_constants'
require_relative 'recorder/node'
require_relative 'recorder/property'
require_relative 'recorder/resource'
require_relative 'recorder/recipe_dsl'
require_relative 'recorder/provider'
require_relative 'recorder/custom_resource'
require_relative 'recorder/known_resources'
require_relative 'recorder/cookbook'
require_relative 'recorder/run'
require_relative 'recorder/solo_runner'
require_relative 'recorder/rendering'
require_relative 'recorder/matchers'
require_relative 'recorder/stubs'

module ChefSpec
  SoloRunner = Recorder::SoloRunner
end

RSpec.configure do |config|
  %i(cookbook_path role_path platform version log_level).each { |name| config.add_setting(name) }
  config.include Recorder::Matchers
  config.include Recorder::Stubs
end
