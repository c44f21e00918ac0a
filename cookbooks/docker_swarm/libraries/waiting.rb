# frozen_string_literal: true

module ChefHub
  # Waiting for what another node publishes or the engine does: bounded, and with the reason when it ends in vain.
  module Waiting
    # The deadline passed.
    class GaveUp < StandardError; end

    # Call the block until it gives something. Errors of the class `despite` are no end before the deadline.
    # `seconds` and `poll` are in seconds.
    def wait_until(what, seconds:, poll:, despite:)
      ends = seconds_of_uptime + seconds
      problem = nil
      loop do
        begin
          found = yield
          return found if found
        rescue despite => e
          problem = e.message
        end
        left = ends - seconds_of_uptime
        give_up(what, seconds, problem) unless left.positive?
        Chef::Log.info("waiting for #{what}, #{left.round} s more")
        sleep([poll, left].min)
      end
    end

    def give_up(what, seconds, problem)
      raise GaveUp, ["gave up waiting for #{what} after #{seconds} s", problem].compact.join(': ')
    end

    # Unlike the clock, it does not jump when the time is set.
    def seconds_of_uptime
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
