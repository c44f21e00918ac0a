# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'hub_backup' do
  let(:program) { '/usr/local/lib/chef-hub/hub-backup' }
  let(:places) do
    ['BACKUP_FOLDER=/mnt/chef-hub/leader-backup', 'HUB_STATE=/var/lib/jupyterhub', 'SWARM_FOLDER=/var/lib/docker/swarm',
     'HUB_SECRETS=/etc/jupyterhub/secrets.env', 'JPY_COOKIE_SECRET', 'MOUNT_POINT=/mnt/chef-hub']
  end

  describe 'default' do
    let(:run) { HubSpec.converge('hub_backup') }

    it 'saves what has changed every minute, and each night for two weeks' do
      expect(run).to install_hub_program('hub-backup').with(from_cookbook: 'hub_backup')
      expect(run).to create_remote_directory('/usr/local/lib/chef-hub/hub_backup').with(purge: true, mode: '0755')
      expect(run).to create_hub_service_unit('chef-hub-backup').with(
        every: '1min',
        settings: hash_including('ExecStart' => "#{program} save recent", 'Environment' => include(*places))
      )
      expect(run).to create_hub_service_unit('chef-hub-backup-nightly').with(
        calendar: '*-*-* 02:30:00', settings: hash_including('ExecStart' => "#{program} save nightly")
      )
    end

    it 'saves when the leader stops: after the engine, before the shared files go' do
      expect(run).to create_hub_service_unit('chef-hub-backup-at-stop').with(
        dependencies: hash_including('Before' => 'docker.service', 'RequiresMountsFor' => '/mnt/chef-hub'),
        settings: hash_including('ExecStop' => "#{program} save stop", 'RemainAfterExit' => 'yes')
      )
    end
  end

  describe 'restore' do
    it 'gives a new leader what the last one saved, once' do
      run = HubSpec.converge('hub_backup::restore')
      expect(run).to run_execute('give a new leader what the last one saved').with(
        command: [program, 'restore'], creates: '/var/lib/chef-hub/backup/settled',
        environment: hash_including('CHEF_HUB_PREFIX' => '/chef-hub', 'AWS_REGION' => 'us-east-1',
                                    'BACKUP_FOLDER' => '/mnt/chef-hub/leader-backup')
      )
    end
  end
end
