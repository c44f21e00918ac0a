# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'hub_metrics::default' do
  let(:run) { HubSpec.converge('hub_metrics') }

  it 'publishes every minute what the alarms watch' do
    expect(run).to install_hub_program('publish-hub-metrics').with(from_cookbook: 'hub_metrics')
    expect(run).to create_hub_service_unit('chef-hub-metrics').with(
      every: '1min',
      settings: hash_including(
        'ExecStart' => '/usr/local/lib/chef-hub/publish-hub-metrics', 'StateDirectory' => 'chef-hub/metrics',
        'Environment' => include('HUB_HOSTNAME=notebooks.', 'ACCESS_LOG=/var/log/nginx/access.log',
                                 'HUB_SECRETS=/etc/jupyterhub/secrets.env')
      )
    )
  end
end
