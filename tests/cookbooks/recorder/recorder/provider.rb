# frozen_string_literal: true

module Recorder
  # Runs an action of a custom resource. In unified mode each resource that it declares acts at once.
  class Provider
    include RecipeDsl

    attr_reader :new_resource, :run, :collection

    def self.label
      'an action'
    end

    def initialize(new_resource, run)
      @new_resource = new_resource
      @run = run
      @collection = []
    end

    def immediate?
      true
    end

    def converge_by(_what)
      yield
      new_resource.updated = true
    end

    def whyrun_mode?
      false
    end

    # Commands never run: a spec says what they answer.
    def shell_out(*words, **options)
      shell_out_compacted(*words, **options)
    end

    def shell_out_compacted(*words, **)
      raise ShellOutNotStubbed, "#{new_resource}: no answer was given for the command #{words.inspect}"
    end
  end
end
