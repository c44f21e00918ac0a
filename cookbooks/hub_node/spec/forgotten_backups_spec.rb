# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'hub_forgotten_backups' do
  it 'deletes the copies of that file in the folders of Chef and Cinc, and no others' do
    copy = '/var/chef/backup/etc/jupyterhub/secrets.env.chef-20261122000000.000000'
    allow(Dir).to receive(:glob).and_call_original
    allow(Dir).to receive(:glob).with('/var/chef/backup/etc/jupyterhub/secrets.env.chef-*').and_return([copy])
    stubs_for_provider('jupyterhub_secrets[/etc/jupyterhub/secrets.env]') do |provider|
      allow(provider).to receive_shell_out(
        'aws', '--region', 'us-east-1', 'ssm', 'get-parameter', '--name', '/chef-hub/hub/database-url',
        '--with-decryption', '--output', 'json', stderr: 'ParameterNotFound', exitstatus: 254
      )
    end
    run = HubSpec.converge('jupyterhub', step_into: %w(jupyterhub_secrets hub_forgotten_backups))
    expect(run).to delete_file(copy).with(backup: false)
    expect(run.find_resources(:file).count { |file| file.performed_action?(:delete) }).to eq 1
  end
end
