# frozen_string_literal: true

require 'erb'

module Recorder
  # What a file, template or cookbook_file would hold.
  module Rendering
    # The names that a template sees: its variables as instance variables, and the node.
    class Context
      attr_reader :node

      def initialize(node, variables)
        @node = node
        variables.each { |name, value| instance_variable_set("@#{name}", value) }
      end

      def render(path)
        ERB.new(File.read(path), trim_mode: '-').tap { |erb| erb.filename = path }.result(binding)
      end
    end

    module_function

    def content(resource, run)
      case resource.resource_name
      when :file then resource.content
      when :template then Context.new(run.node, resource.variables || {}).render(source(resource, run, 'templates'))
      when :cookbook_file then File.read(source(resource, run, 'files'))
      else raise Unknown, "#{resource} renders no file"
      end
    end

    # Whatever a resource takes from a cookbook must be there, and every template must render.
    def check(resource, run)
      case resource.resource_name
      when :template then content(resource, run)
      when :cookbook_file, :remote_directory then source(resource, run, 'files')
      end
    end

    # Where a template, file or folder comes from; an error when it is not there.
    def source(resource, run, kind)
      run.cookbook(resource.cookbook || cookbook_around(resource)).source_path(kind, resource.source)
    end

    # In a custom resource Chef would look in the cookbook of the recipe that uses it: say which one is meant.
    def cookbook_around(resource)
      raise Unknown, "#{resource} is declared in an action and names no cookbook" if resource.enclosing.is_a?(Provider)

      resource.enclosing.cookbook.name
    end
  end
end
