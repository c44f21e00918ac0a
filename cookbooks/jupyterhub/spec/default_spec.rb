# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'jupyterhub::default' do
  let(:contract) { HubSpec.contract }
  let(:run) { HubSpec.converge('jupyterhub', contract: contract) }

  it 'writes the settings of the contract, without secrets' do
    settings = JSON.parse(run.file('/etc/jupyterhub/settings.json').content)
    expect(settings['hub']).to include('max_users' => 50, 'max_cluster_memory_gib' => 160, 'max_disk_percent' => 85,
                                       'user_memory_gib' => 2)
    expect(settings).to include('users_folder' => '/mnt/chef-hub/users', 'network' => 'chef-hub',
                                'autoscaling_group' => 'jupyter-workers-asg')
  end

  it 'gives the proxy its token alone, and restarts it for nothing else' do
    expect(run).to create_jupyterhub_secrets('/etc/jupyterhub/secrets.env')
      .with(excerpts: { '/etc/jupyterhub/proxy.env' => %w(CONFIGPROXY_AUTH_TOKEN) })
    expect(run).to create_jupyterhub_container('jupyterhub-proxy')
      .with(environment_files: ['/etc/jupyterhub/proxy.env'], reads: [])
  end

  it "installs all of the hub's files, and restarts the hub when they change" do
    expect(run).to install_hub_common_code('/etc/jupyterhub/hub')
      .with(from_cookbook: 'jupyterhub', package: 'swarm_hub')
    reads = %w(/etc/jupyterhub/settings.json /etc/jupyterhub/hub /etc/jupyterhub/jupyterhub_config.d
               /etc/jupyterhub/aws-config)
    expect(run).to create_jupyterhub_container('jupyterhub').with(reads: reads)
    inner = HubSpec.converge('jupyterhub', step_into: %w(jupyterhub_container))
    expect(inner).to create_hub_service_unit('jupyterhub').with(reads: ['/etc/jupyterhub/secrets.env', *reads])
  end

  it "puts the operator's own files where the hub reads them, and deletes there what the cookbook does not have" do
    expect(run).to create_remote_directory('/etc/jupyterhub/jupyterhub_config.d')
      .with(source: 'jupyterhub_config.d', cookbook: 'jupyterhub', purge: true, mode: '0700', files_mode: '0600')
  end

  it "takes the operator's own files from a cookbook that wraps this one" do
    # Any other cookbook of the run with such a folder would do.
    again = HubSpec.converge('jupyterhub', 'jupyterhub_lab::session_agent') do |node|
      node.normal['jupyterhub']['config_cookbook'] = 'jupyterhub_lab'
    end
    expect(again).to create_remote_directory('/etc/jupyterhub/jupyterhub_config.d').with(cookbook: 'jupyterhub_lab')
  end

  it 'gives each user a directory below one that users cannot list' do
    expect(run).to create_directory('/mnt/chef-hub/users').with(owner: 'root', mode: '0711')
  end

  it 'keeps the database where notebook servers do not reach it' do
    expect(run).to create_directory('/var/lib/jupyterhub').with(mode: '0700')
  end

  it "hands the hub its role's credentials through a file in memory" do
    expect(run).to create_hub_service_unit('chef-hub-credentials').with(
      every: '5min', settings: hash_including('Environment' => 'CREDENTIALS_FOLDER=/run/chef-hub/aws')
    )
    expect(run).to render_file('/etc/jupyterhub/aws-config')
      .with_content('credential_process = /bin/cat /run/chef-hub/aws/credentials.json')
  end

  it 'runs the proxy apart from the hub, on loopback only' do
    expect(run).to create_jupyterhub_container('jupyterhub-proxy').with(
      publish: ['127.0.0.1:8000:8000'], command: include('--default-target', 'http://jupyterhub:8081')
    )
    expect(run).to create_jupyterhub_container('jupyterhub').with(
      needs_mount: '/mnt/chef-hub', image: 'chef-hub/jupyterhub:latest',
      volumes: include('/etc/jupyterhub:/etc/jupyterhub:ro', '/run/docker.sock:/run/docker.sock')
    )
  end

  it 'deletes old images by a timer' do
    expect(run).to create_hub_service_unit('chef-hub-prune-images').with(every: '1h', settings: hash_including(
      'ExecStart' => '/usr/local/lib/chef-hub/prune-images /var/lib/chef-hub/images/hub chef-hub/jupyterhub:latest'
    ))
  end

  it 'asks for the secrets of the login in use only' do
    expect(run).to create_jupyterhub_secrets('/etc/jupyterhub/secrets.env').with(parameters: {})
    contract['hub']['login'] = { 'authenticator' => 'github' }
    again = HubSpec.converge('jupyterhub', contract: contract)
    expect(again).to create_jupyterhub_secrets('/etc/jupyterhub/secrets.env').with(
      parameters: { 'CHEF_HUB_OAUTH_CLIENT_ID' => '/chef-hub/hub/login/client-id',
                    'CHEF_HUB_OAUTH_CLIENT_SECRET' => '/chef-hub/hub/login/client-secret' }
    )
  end

  it 'asks for the address of a database, and tries it where the hub will run' do
    check = %w(docker run --rm --interactive --network chef-hub --memory 1g --log-driver none
               --volume /usr/local/lib/chef-hub/hub-postgresql.py:/postgresql.py:ro
               --volume /etc/jupyterhub:/etc/jupyterhub:ro --volume /var/lib/jupyterhub:/var/lib/jupyterhub
               --volume /mnt/chef-hub:/mnt/chef-hub:ro chef-hub/jupyterhub:latest
               python /postgresql.py /chef-hub/hub/database-url /var/lib/jupyterhub/jupyterhub.sqlite)
    expect(run).to create_jupyterhub_secrets('/etc/jupyterhub/secrets.env').with(
      optional: { 'CHEF_HUB_DATABASE_URL' => '/chef-hub/hub/database-url' },
      checks: { 'CHEF_HUB_DATABASE_URL' => check }
    )
    expect(run).to create_cookbook_file('/usr/local/lib/chef-hub/hub-postgresql.py')
      .with(source: 'hub_common/postgresql.py', cookbook: 'hub_common')
  end
end
