# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'jupyterhub_container' do
  let(:run) do
    HubSpec.converge('jupyterhub', step_into: %w(jupyterhub_container)) do |node|
      node.normal['hub_node']['extra_environment'] = { 'NOTE' => 'half of 50% costs $5 "each"' }
    end
  end
  let(:hub) { run.find_resource(:hub_service_unit, 'jupyterhub') }

  it 'runs the image by systemd, on the network, with its files and limits' do
    command = hub.settings['ExecStart']
    expect(command).to start_with('/usr/bin/docker run --rm --name jupyterhub --hostname jupyterhub --network chef-hub')
    expect(command).to include('--memory 1g', '--env-file /etc/jupyterhub/secrets.env',
                               '--volume /mnt/chef-hub:/mnt/chef-hub')
    expect(command).to end_with('chef-hub/jupyterhub:latest jupyterhub ' \
                                '--config /etc/jupyterhub/hub/jupyterhub_config.py')
    expect(hub.settings).to include('Restart' => 'always')
  end

  it 'has the image before the unit is written' do
    expect(run).to pull_jupyterhub_image('chef-hub/jupyterhub:latest')
  end

  it 'needs the shared file system, and asks a registry only where the image is gone' do
    expect(hub.dependencies).to include('RequiresMountsFor' => '/mnt/chef-hub', 'Requires' => 'docker.service')
    expect(hub.settings['ExecStartPre'].last).to eq '/usr/local/lib/chef-hub/pull-image chef-hub/jupyterhub:latest'
  end

  it 'lets systemd expand nothing in what it is given' do
    expect(hub.settings['ExecStart']).to include('--env "NOTE=half of 50%% costs $$5 \"each\""')
  end
end
