# frozen_string_literal: true

module Recorder
  # What recipes and actions can say: declare resources by their names, and nothing else that is not defined.
  # The includer has `run` and `collection` (the resources that notifications of this place may name).
  module RecipeDsl
    def node
      run.node
    end

    def respond_to_missing?(name, include_private = false)
      run.resource_class?(name) || super
    end

    def method_missing(name, *arguments, &block)
      raise Unknown, "#{self.class.label}: no method or resource #{name}" unless run.resource_class?(name)

      declare(name, *arguments, &block)
    end

    private

    # `package name do` inside a loop is fine; a resource without a name is not.
    def declare(type, name, &block)
      resource = run.resource_class(type).new(name, run, self)
      resource.instance_eval(&block) if block
      resource.validate
      collection << resource
      run.act(resource) if immediate?
      resource
    end
  end
end
