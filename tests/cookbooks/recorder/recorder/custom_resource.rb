# frozen_string_literal: true

module Recorder
  # The language of the files in resources/: evaluated in a class of its own, anything unknown is an error.
  class CustomResource < Resource
    class << self
      attr_reader :action_blocks, :action_descriptions, :provider_class

      def load_file(path)
        resource = Class.new(self)
        resource.begin_definition
        resource.class_eval(File.read(path), path)
        resource.end_definition(path)
        known_actions.concat(resource.action_blocks.keys)
        resource
      end

      # Names of all actions of custom resources, for the matchers
      def known_actions
        CustomResource.instance_eval { @known_actions ||= [] }
      end

      def begin_definition
        @action_blocks = {}
        @action_descriptions = {}
        @provider_class = Class.new(Provider)
      end

      def end_definition(path)
        raise Unknown, "#{path}: provides is missing" unless resource_name
        raise Unknown, "#{path}: unified_mode true is missing" unless @unified
        raise Unknown, "#{path}: no action" if action_blocks.empty?
        raise Unknown, "#{path}: description or examples are missing" unless documentation.size == 2
      end

      def provides(name)
        @resource_name = name
      end

      %i(description examples).each do |word|
        define_method(word) { |text| documentation[word] = text }
      end

      def documentation
        @documentation ||= {}
      end

      def unified_mode(value)
        @unified = value
      end

      def property(name, types = [], **options)
        raise Unknown, "property #{name} has no description" unless options[:description]

        default_given = options.key?(:default)
        define_property(name, default_given || options[:required] || options[:name_property] ? types : [*types, nil],
                        options)
      end

      # The first action is the one that a resource has unless it says otherwise.
      def action(name, description:, &block)
        raise Unknown, "action #{name} has no description" if description.empty?

        @initial_action ||= name
        allowed_actions << name
        action_blocks[name] = block
        action_descriptions[name] = description
      end

      def action_class(&block)
        provider_class.class_eval(&block)
      end

      def method_missing(name, *)
        raise Unknown, "a custom resource cannot say #{name}"
      end

      def respond_to_missing?(_name, _include_private = false)
        false
      end
    end

    # Run the action's block; whatever it declares acts at once and is part of the run.
    def act(action)
      provider = self.class.provider_class.new(self, @run)
      Stubs.apply(provider)
      provider.instance_exec(&self.class.action_blocks.fetch(action))
      @run.check_notifications(provider.collection)
    end
  end
end
