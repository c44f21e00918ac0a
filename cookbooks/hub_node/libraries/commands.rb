# frozen_string_literal: true

module ChefHub
  # Commands that resources run: bounded in time. A failure names the call and what it said on standard error, never
  # what went in or came out, which may be a secret. Mixed into action classes: `shell_out` comes from there.
  module Commands
    COMMAND_SECONDS = 60
    # What does not pass by itself: the role, the request or the machine has to be mended.
    REFUSALS = /AccessDenied|Unauthorized|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|
                ValidationException|InvalidKeyId|KMS|not\ installed|gave\ no\ JSON/x

    # A command failed; the message names it, and holds its error output only.
    class CommandFailed < StandardError
      # Whether AWS or the command said no, so that waiting does not help.
      def refused?
        message.match?(REFUSALS)
      end
    end

    # Output of a command. `input` goes to its standard input.
    def command(*words, input: nil, seconds: COMMAND_SECONDS, environment: {})
      result = shell_out(*words, timeout: seconds, input: input, environment: environment)
      return result.stdout if result.exitstatus.zero?

      raise CommandFailed, "#{call_of(words)} failed (#{result.exitstatus}): #{said(result)}"
    rescue Mixlib::ShellOut::CommandTimeout
      # The library's own message would hold what the command had put out.
      raise CommandFailed, "#{call_of(words)} gave no answer within #{seconds} s", cause: nil
    rescue Errno::ENOENT
      raise CommandFailed, "#{call_of(words)} cannot run: #{words.first} is not installed on this node", cause: nil
    end

    # The command without its options, as people call it: `aws ssm get-parameter`, `docker swarm init`.
    def call_of(words)
      at = words.index('--region')
      plain = at ? words[0...at] + words.drop(at + 2) : words
      call = plain.take_while { |word| !word.start_with?('-') }.first(3)
      call << words.last if words.first == 'curl'
      call.join(' ')
    end

    # AWS answers in words; a command that says nothing is told as such.
    def said(result)
      text = result.stderr.strip
      text.empty? ? 'it said nothing' : text
    end
  end
end
