# frozen_string_literal: true

require 'digest'
require 'fileutils'

module ChefHub
  # What a systemd unit runs with, against what lies on the disk now. What was in force last is kept as a digest, in
  # memory: a run that ended between writing a file and restarting its service is caught up by the next one.
  module RunningUnit
    RECORDS = '/run/chef-hub/in-force'
    PROPERTIES = %w(ActiveState NeedDaemonReload ExecMainStartTimestampMonotonic ActiveEnterTimestampMonotonic).freeze
    # The kernel notes the time of a file's change by ticks of its clock.
    TICK = 0.05

    # The properties of a unit as a Hash; empty where there is no systemd.
    def unit_state(unit)
      result = shell_out('systemctl', 'show', *PROPERTIES.flat_map { |name| ['-p', name] }, unit, timeout: 60)
      result.exitstatus.zero? ? result.stdout.lines(chomp: true).to_h { |line| "#{line}=".split('=', 3).first(2) } : {}
    end

    # Files of a unit and what it reads, with all that lies in folders.
    def inputs(unit, reads)
      [unit_file(unit), "#{unit_file(unit)}.d", *reads].flat_map do |path|
        ::File.directory?(path) ? ::Dir.glob("#{path}/**/*", ::File::FNM_DOTMATCH).push(path) : [path]
      end.uniq.sort
    end

    def unit_file(unit)
      "/etc/systemd/system/#{unit}"
    end

    def digest_of(paths)
      paths.each_with_object(Digest::SHA256.new) do |path, digest|
        digest << path << "\0" << (::File.file?(path) ? Digest::SHA256.file(path).hexdigest : '') << "\0"
      end.hexdigest
    end

    # Did the unit start after the last change of all that it reads? A new service does, and one that somebody else
    # restarted.
    def started_since?(state, paths)
      started = started_at(state)
      changed = paths.filter_map { |path| ::File.lstat(path).ctime if ::File.exist?(path) }.max
      !started.nil? && (changed.nil? || started > changed + TICK)
    end

    # A timer has no process; then it counts when it became active.
    def started_at(state)
      since_boot = %w(ExecMainStartTimestampMonotonic ActiveEnterTimestampMonotonic)
                   .map { |name| state[name].to_i }.find(&:positive?)
      Time.now - Process.clock_gettime(Process::CLOCK_MONOTONIC) + (since_boot / 1e6) if since_boot
    end

    def record_of(unit)
      "#{RECORDS}/#{unit}"
    end

    def recorded(unit)
      ::File.file?(record_of(unit)) ? ::File.read(record_of(unit)).strip : nil
    end

    def record(unit, digest)
      ::FileUtils.mkdir_p(RECORDS, mode: 0o755)
      ::File.write("#{record_of(unit)}.new", "#{digest}\n")
      ::File.rename("#{record_of(unit)}.new", record_of(unit))
    end
  end
end
