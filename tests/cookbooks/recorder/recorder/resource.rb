# frozen_string_literal: true

module Recorder
  # A resource of a run: its properties, guards and notifications, and which actions it performed.
  class Resource
    Notification = Struct.new(:action, :target, :timing, keyword_init: true)
    TIMINGS = %i(delayed immediately before).freeze

    class << self
      attr_reader :resource_name, :identity_property

      def properties
        @properties ||= superclass.respond_to?(:properties) ? superclass.properties.dup : {}
      end

      def allowed_actions
        @allowed_actions ||= [:nothing]
      end

      def initial_action
        @initial_action || :nothing
      end

      def define_property(name, types, options)
        properties[name] = Property.new(name, types, options)
        define_method(name) { |*given, &block| access(name, given, block) }
      end
    end

    attr_reader :name, :notifications, :performed, :enclosing
    attr_writer :updated

    def initialize(name, run, enclosing)
      @name = name
      @run = run
      @enclosing = enclosing
      @values = {}
      @guards = []
      @notifications = []
      @performed = []
      @action = [self.class.initial_action]
      @sensitive = @updated = false
    end

    def node
      @run.node
    end

    # --- What every resource has ---

    def action(*given)
      return @action if given.empty?

      @action = Array(given.first)
      strange = @action - self.class.allowed_actions
      raise Chef::Exceptions::ValidationFailed, "#{self} has no action #{strange.join(', ')}" unless strange.empty?
    end

    def sensitive(*given)
      given.empty? ? @sensitive : @sensitive = given.first
    end

    def only_if(&block)
      guard(true, block)
    end

    def not_if(&block)
      guard(false, block)
    end

    def notifies(action, target, timing = :delayed)
      raise Unknown, "#{self}: notification #{timing}" unless TIMINGS.include?(timing)

      @notifications << Notification.new(action: action, target: target, timing: timing)
    end

    # --- For the run ---

    def validate
      self.class.properties.each_value do |property|
        missing = property.required_for?(@action) && !@values.key?(property.name)
        raise Chef::Exceptions::ValidationFailed, "#{self}: #{property.name} is required" if missing
      end
    end

    def wanted?
      @guards.all? { |expected, block| (block.call ? true : false) == expected }
    end

    def updated_by_last_action?
      @updated
    end

    def performed_action?(name)
      performed.include?(name)
    end

    def resource_name
      self.class.resource_name
    end

    def identity
      property = self.class.identity_property
      property ? public_send(property) : name
    end

    def to_s
      "#{resource_name}[#{name}]"
    end

    # As in Chef: inside a resource's block, methods of the recipe or action around it can be called.
    def method_missing(name, ...)
      return enclosing.public_send(name, ...) if enclosing.respond_to?(name)

      raise Unknown, "#{self} has no property #{name}, nor is there a method of that name around it"
    end

    def respond_to_missing?(name, include_private = false)
      enclosing.respond_to?(name) || super
    end

    private

    def guard(expected, block)
      raise Unknown, "#{self}: a guard without a block" if block.nil?

      @guards << [expected, block]
    end

    def access(name, given, block)
      given = [block] if given.empty? && block
      property = self.class.properties.fetch(name)
      return @values.fetch(name) { property.default(self) } if given.empty?

      property.validate(given.first, self)
      @values[name] = given.first
    end
  end
end
