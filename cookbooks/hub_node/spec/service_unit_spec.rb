# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'hub_service_unit' do
  let(:chef_run) do
    HubSpec.converge('docker_swarm::leader', step_into: %w(hub_service_unit docker_metadata_block)) do |node|
      node.normal['docker_swarm']['token_rotation'] = 'monthly'
    end
  end

  it 'writes, enables and starts a service, and restarts it when it changed' do
    unit = 'chef-hub-metadata-block.service'
    run = HubSpec.converge('docker', step_into: %w(hub_service_unit docker_metadata_block))
    expect(run).to create_systemd_unit(unit).with(
      content: hash_including(
        'Unit' => hash_including('Before' => 'docker.service'),
        'Service' => hash_including('EnvironmentFile' => '-/etc/chef-hub/environment', 'Type' => 'oneshot'),
        'Install' => { 'WantedBy' => 'docker.service' }
      )
    )
    expect(run).to apply_hub_current_service(unit)
    expect(run).to enable_systemd_unit("start #{unit}").with(unit_name: unit)
    expect(run).to start_systemd_unit("start #{unit}")
  end

  it 'starts the timer instead of a service that runs every so often' do
    expect(chef_run).to create_systemd_unit('chef-hub-swarm-keeper.timer').with(
      content: hash_including('Timer' => hash_including('OnUnitInactiveSec' => '10s'))
    )
    expect(chef_run).to enable_systemd_unit('chef-hub-swarm-keeper.timer')
    expect(chef_run).to start_systemd_unit('chef-hub-swarm-keeper.timer')
    expect(chef_run).to apply_hub_current_service('chef-hub-swarm-keeper.timer')
    expect(chef_run).not_to start_systemd_unit('start chef-hub-swarm-keeper.service')
  end

  it 'starts the timer of a calendar' do
    expect(chef_run).to create_systemd_unit('chef-hub-token-rotation.timer').with(
      content: hash_including('Timer' => hash_including('OnCalendar' => 'monthly', 'Persistent' => 'true'))
    )
  end
end
