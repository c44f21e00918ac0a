# frozen_string_literal: true

module Recorder
  # A property of a resource: its type and checks, as Chef validates them.
  class Property
    OPTIONS = %i(name_property required default equal_to regex callbacks description).freeze

    attr_reader :name, :types, :options

    def initialize(name, types, options)
      unknown = options.keys - OPTIONS
      raise Unknown, "property #{name}: options #{unknown.join(', ')}" unless unknown.empty?

      @name = name
      @types = Array(types)
      @options = options
    end

    # `required` is true, or names the actions that need the property.
    def required_for?(actions)
      needed = @options[:required]
      needed.is_a?(Array) ? needed.intersect?(actions) : needed
    end

    # The value for a resource that was given none.
    def default(resource)
      @options[:name_property] ? resource.name : @options[:default]
    end

    def validate(value, resource)
      problem = value.nil? ? nil_problem : problem_of(value)
      raise Chef::Exceptions::ValidationFailed, "#{resource}: property #{name} #{problem}" if problem
    end

    private

    def nil_problem
      return 'is required' if @options[:required] == true

      problem_of(nil) unless @types.include?(nil)
    end

    def problem_of(value)
      type_problem(value) || equal_to_problem(value) || regex_problem(value) || callback_problem(value)
    end

    # true and false stand for themselves, classes for their instances, regular expressions are not used
    def type_problem(value)
      return if @types.empty? || @types.any? { |type| type.is_a?(Class) ? value.is_a?(type) : type == value }

      "must be a #{@types.join(' or ')}, not #{value.inspect}"
    end

    def equal_to_problem(value)
      allowed = @options[:equal_to]
      "must be one of #{allowed.join(', ')}, not #{value.inspect}" unless allowed.nil? || allowed.include?(value)
    end

    def regex_problem(value)
      regex = @options[:regex]
      "must match #{regex.source}, unlike #{value.inspect}" unless regex.nil? || value.match?(regex)
    end

    def callback_problem(value)
      (@options[:callbacks] || {}).find { |_, check| !check.call(value) }&.first
    end
  end
end
