# frozen_string_literal: true

require 'json'

module Recorder
  # ChefSpec::SoloRunner, as far as the specs use it.
  class SoloRunner
    attr_reader :node, :run

    def initialize(step_into: [])
      @step_into = step_into
      @node = Node.new('chefspec')
      yield @node if block_given?
    end

    # Recipes ("cookbook" or "cookbook::recipe") and roles ("role[name]").
    def converge(*run_list)
      @run = Run.new(node, RSpec.configuration.cookbook_path, @step_into)
      run.converge(run_list.flat_map { |item| expand(item) })
      self
    end

    # The last one of that type and name, as ChefSpec finds it.
    def find_resource(type, name, action = nil)
      resources_of(type).reverse.find do |resource|
        [resource.identity, resource.name].include?(name) && (action.nil? || resource.performed_action?(action))
      end
    end

    Collection = Struct.new(:all_resources)

    # Those of the recipes, in order.
    def resource_collection
      Collection.new(run.root_resources)
    end

    def find_resources(type)
      resources_of(type)
    end

    # `chef_run.template('/etc/x')` finds a resource.
    def method_missing(type, *arguments)
      return super unless run&.resource_class?(type)

      find_resource(type, *arguments)
    end

    def respond_to_missing?(type, include_private = false)
      run&.resource_class?(type) || super
    end

    private

    def resources_of(type)
      raise Unknown, "no resource type #{type}" unless run.resource_class?(type)

      run.resources.select { |resource| resource.resource_name == type }
    end

    def expand(item)
      return [item] unless item.start_with?('role[')

      path = File.join(RSpec.configuration.role_path, "#{item[/\Arole\[(.+)\]\z/, 1]}.json")
      raise Chef::Exceptions::RoleNotFound, path unless File.file?(path)

      JSON.parse(File.read(path)).fetch('run_list').flat_map { |inner| expand(inner[/\Arecipe\[(.+)\]\z/, 1] || inner) }
    end
  end
end
