# frozen_string_literal: true

require_relative '../../spec_helper'

require 'tmpdir'

describe 'hub_current_service' do
  around { |example| Dir.mktmpdir { |folder| @folder = folder and example.run } }

  let(:read) { "#{@folder}/read.conf" }
  let(:called) { [] }

  before do
    stub_const('ChefHub::RunningUnit::RECORDS', "#{@folder}/in-force")
    File.write(read, 'one')
  end

  # A run of nginx's site, whose resource reads our file instead of the host's.
  def converge(started:, state: 'active', reload: 'no', code: 0)
    stubs_for_provider('hub_current_service[nginx.service]') do |provider|
      allow(provider).to receive(:inputs).and_return([read])
      allow(provider).to receive(:shell_out_compacted) do |*words, **_|
        called << words unless words[1] == 'show'
        shown = "ActiveState=#{state}\nNeedDaemonReload=#{reload}\n" \
                "ExecMainStartTimestampMonotonic=#{microseconds(started)}\n"
        double(stdout: shown, stderr: 'refused', exitstatus: words[1] == 'show' ? 0 : code)
      end
    end
    HubSpec.converge('nginx_proxy', step_into: %w(nginx_hub_site hub_current_service))
  end

  # Seconds from now, as systemd tells the start of a unit.
  def microseconds(seconds)
    ((Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds) * 1e6).round
  end

  def updated?(run)
    run.hub_current_service('nginx.service').updated_by_last_action?
  end

  it 'checks and reloads what started before the change, once' do
    expect(updated?(converge(started: -3600))).to be true
    expect(called).to eq [%w(nginx -t -q), %w(systemctl reload-or-restart nginx.service)]
    expect(updated?(converge(started: -3600))).to be false
    expect(called.size).to eq 2
  end

  it 'catches up in the next run what this one could not do' do
    expect { converge(started: -3600, code: 1) }.to raise_error(/nginx failed \(1\): refused/)
    expect(updated?(converge(started: -3600))).to be true
  end

  it 'leaves alone what started with what is written, and sees the next change' do
    expect(updated?(converge(started: 10))).to be false
    File.write(read, 'two')
    expect(updated?(converge(started: -3600))).to be true
  end

  it 'sees a change that keeps the time of the file' do
    converge(started: 10)
    time = File.mtime(read) - 7200
    File.write(read, 'three')
    File.utime(time, time, read)
    expect(updated?(converge(started: -3600))).to be true
  end

  it 'does not start what does not run, and has systemd read a changed unit' do
    run = converge(started: -3600, state: 'inactive', reload: 'yes')
    expect(updated?(run)).to be true
    expect(called).to eq [%w(systemctl daemon-reload)]
  end
end
