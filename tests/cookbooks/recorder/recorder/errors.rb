# frozen_string_literal: true

module Recorder
  # A cookbook or a spec uses something that the recorder does not know: add it after checking it with a real Chef.
  class Unknown < StandardError; end

  # A command was run that no spec gave an answer for.
  class ShellOutNotStubbed < StandardError; end
end
