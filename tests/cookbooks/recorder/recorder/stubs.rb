# frozen_string_literal: true

module Recorder
  # ChefSpec's stubs_for_provider and receive_shell_out.
  module Stubs
    class << self
      attr_accessor :example

      # Give a provider the answers that the running example has for it.
      def apply(provider)
        example&.provider_stubs&.each do |target, block|
          example.instance_exec(provider, &block) if target == provider.new_resource.to_s
        end
      end
    end

    def self.included(base)
      base.before { Stubs.example = self }
      base.after { Stubs.example = nil }
    end

    def provider_stubs
      @provider_stubs ||= []
    end

    def stubs_for_provider(target, &block)
      raise Unknown, "stubs_for_provider needs a name such as file[/x], not #{target}" unless target[/\A\w+\[.+\]\z/]

      provider_stubs << [target, block]
    end

    def receive_shell_out(*words, stdout: '', stderr: '', exitstatus: 0)
      receive(:shell_out_compacted).with(*words, any_args)
                                   .and_return(double(stdout: stdout, stderr: stderr, exitstatus: exitstatus))
    end
  end
end
