# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'jupyterhub_lab::session_agent' do
  let(:users) { ["root:x:0:0:root:/root:/bin/bash\n"] }
  let(:chef_run) { HubSpec.converge('jupyterhub_lab::session_agent') }
  let(:agent) { '/usr/local/lib/jupyterhub-lab/agent' }

  before do
    allow(File).to receive(:foreach).and_call_original
    allow(File).to receive(:foreach).with('/etc/passwd').and_return(users)
  end

  it 'installs the package where the unit looks for it, and nothing else beside it' do
    expect(chef_run).to create_directory(agent).with(owner: 'root', mode: '0755', recursive: true)
    expect(chef_run).to create_remote_directory("#{agent}/session_agent")
      .with(source: 'session_agent', owner: 'root', files_mode: '0644', purge: true)
    expect(chef_run).to render_file('/etc/systemd/system/session-agent.service')
      .with_content("PYTHONPATH=#{agent} ")
  end

  it 'makes the user of the agent from its sysusers file' do
    expect(chef_run).to create_cookbook_file('/usr/lib/sysusers.d/session-agent.conf')
      .with(source: 'session-agent.sysusers', owner: 'root', mode: '0644')
    expect(chef_run).to run_execute('make the user of the session agent')
      .with(command: %w(systemd-sysusers session-agent.conf))
  end

  it 'has systemd read changed units, and starts the timer' do
    %w(session-agent.service session-agent.timer).each do |unit|
      expect(chef_run).to create_cookbook_file("/etc/systemd/system/#{unit}").with(owner: 'root', mode: '0644')
      expect(chef_run.cookbook_file("/etc/systemd/system/#{unit}"))
        .to notify('execute[read the units of the session agent]').to(:run).immediately
    end
    expect(chef_run).to nothing_execute('read the units of the session agent')
    expect(chef_run).to enable_systemd_unit('session-agent.timer')
    expect(chef_run).to start_systemd_unit('session-agent.timer')
  end

  context 'when the user is there' do
    let(:users) { ["session-agent:x:998:998:Session agent of the Lab:/nonexistent:/usr/sbin/nologin\n"] }

    it 'does not make it again' do
      expect(chef_run).not_to run_execute('make the user of the session agent')
    end
  end

  it 'is what the cookbook does by itself' do
    expect(HubSpec.converge('jupyterhub_lab')).to include_recipe('jupyterhub_lab::session_agent')
  end
end
