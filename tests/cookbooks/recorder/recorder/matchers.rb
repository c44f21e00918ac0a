# frozen_string_literal: true

module Recorder
  # ChefSpec's matchers, as far as the specs use them.
  module Matchers
    # create_template('/etc/x').with(mode: '0644')
    class ResourceMatcher
      def initialize(type, action, name)
        @type = type
        @action = action
        @name = name
        @expected = {}
      end

      def with(**expected)
        @expected.merge!(expected)
        self
      end

      def matches?(runner)
        unless runner.run.resource_class?(@type)
          raise Unknown, "no resource type #{@type} in this run (matcher #{@action}_#{@type})"
        end

        actions = runner.run.resource_class(@type).allowed_actions
        raise Unknown, "#{@type} has no action #{@action}" unless actions.include?(@action)

        @candidates = runner.find_resources(@type)
        @resource = runner.find_resource(@type, @name, @action)
        !@resource.nil? && different.empty?
      end

      def failure_message
        return "no #{@type}[#{@name}] with action #{@action}; there are #{@candidates.join(', ')}" if @resource.nil?

        found = different.map { |name, wanted| "#{name} #{@resource.public_send(name).inspect}, not #{wanted.inspect}" }
        "#{@resource} has #{found.join('; ')}"
      end

      def failure_message_when_negated
        "#{@resource} was not to perform #{@action}"
      end

      def description
        "#{@action} #{@type} #{@name}"
      end

      private

      def different
        @expected.reject do |name, wanted|
          raise Unknown, "#{@type} has no property #{name}" unless @resource.class.properties.key?(name)

          RSpec::Support::FuzzyMatcher.values_match?(wanted, @resource.public_send(name))
        end
      end
    end

    # render_file('/etc/x').with_content('text')
    class RenderFileMatcher
      def initialize(path)
        @path = path
        @wanted = []
      end

      def with_content(wanted)
        @wanted << wanted
        self
      end

      def matches?(runner)
        types = %i(cookbook_file file template)
        resource = types.filter_map { |type| runner.find_resource(type, @path, :create) }.first
        return false if resource.nil?

        @content = Rendering.content(resource, runner.run)
        # A text must occur as it is, a regular expression match
        @missing = @wanted.reject { |wanted| @content[wanted] }
        @missing.empty?
      end

      def failure_message
        return "nothing renders #{@path}" if @content.nil?

        "#{@path} lacks #{@missing.map(&:inspect).join(', ')}:\n#{@content}"
      end

      def failure_message_when_negated
        "#{@path} was not to hold #{@wanted.inspect}"
      end

      def description
        "render #{@path}"
      end
    end

    # notify('service[x]').to(:restart).delayed
    class NotifyMatcher
      def initialize(target)
        @target = target
        @wanted = {}
      end

      def to(action)
        @wanted[:action] = action
        self
      end

      Resource::TIMINGS.each do |timing|
        define_method(timing) do
          @wanted[:timing] = timing
          self
        end
      end

      def matches?(resource)
        raise Unknown, 'notify was asked of a resource that is not in the run' if resource.nil?

        @resource = resource
        resource.notifications.any? { |found| found.to_h >= { target: @target, **@wanted } }
      end

      def failure_message
        "#{@resource} does not notify #{@target} #{@wanted}; it notifies #{@resource.notifications.map(&:to_h)}"
      end

      def failure_message_when_negated
        "#{@resource} was not to notify #{@target}"
      end

      def description
        "notify #{@target}"
      end
    end

    # Actions that a matcher's name may begin with: Chef's own, and those of the custom resources that were loaded.
    def self.action_of(matcher)
      own = KnownResources::ALL.values.flat_map { |parts| parts[:actions] }
      # Longer ones first, because of create_if_missing
      [:nothing, *own, *CustomResource.known_actions].uniq.sort_by { |name| -name.length }
                                                     .find { |known| matcher.start_with?("#{known}_") }
    end

    def render_file(path)
      RenderFileMatcher.new(path)
    end

    def notify(target)
      NotifyMatcher.new(target)
    end

    # An array or text includes it; a run includes the recipe of that name.
    def include_recipe(name)
      full = name.include?('::') ? name : "#{name}::default"
      satisfy("include the recipe #{full}") { |runner| runner.run.recipes.include?(full) }
    end

    def do_nothing
      satisfy('do nothing') { |resource| resource.performed == [:nothing] }
    end

    def method_missing(name, *arguments)
      action = Matchers.action_of(name)
      return super unless action && arguments.size == 1

      ResourceMatcher.new(name.to_s.delete_prefix("#{action}_").to_sym, action, arguments.first)
    end

    def respond_to_missing?(name, include_private = false)
      !Matchers.action_of(name).nil? || super
    end
  end
end
