# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'jupyterhub_lab::hub' do
  let(:home) { '/usr/local/lib/jupyterhub-lab' }
  let(:users) { ["root:x:0:0:root:/root:/bin/bash\n"] }
  let(:steps) { [] }
  let(:settings) { {} }
  let(:run) do
    HubSpec.converge('jupyterhub_lab::hub', step_into: steps) do |node|
      settings.each { |name, value| node.normal['jupyterhub_lab'][name] = value }
    end
  end

  before do
    allow(File).to receive(:foreach).and_call_original
    allow(File).to receive(:foreach).with('/etc/passwd').and_return(users)
  end

  it 'writes what the image holds' do
    expect(JSON.parse(run.file("#{home}/image.json").content)).to eq(
      'notebook_image' => 'jupyterhub-lab/notebook:latest', 'network' => 'jupyterhub-lab', 'bridge' => 'br-lab',
      'subnet' => '100.96.0.0/20', 'gateway' => '100.96.0.1'
    )
  end

  it "installs the Lab's package and the shared one, and restarts a running hub when they change" do
    expect(run).to install_hub_common_code("#{home}/hub").with(from_cookbook: 'jupyterhub_lab', package: 'lab_hub')
    expect(run).to apply_hub_current_service('jupyterhub-lab.service')
      .with(reads: ["#{home}/image.json", "#{home}/hub", '/etc/jupyterhub-lab/jupyterhub_config.d'])
  end

  it "puts the operator's own files where the hub reads them" do
    expect(run).to create_directory('/etc/jupyterhub-lab').with(mode: '0755')
    expect(run).to create_remote_directory('/etc/jupyterhub-lab/jupyterhub_config.d')
      .with(source: 'jupyterhub_config.d', purge: true, mode: '0700', files_mode: '0600')
  end

  it 'deletes what earlier releases kept apart' do
    expect(run).to delete_directory("#{home}/shared").with(recursive: true)
  end

  it 'closes instance and metadata service before there is an engine' do
    expect(run).to install_hub_package_set('tools of a Lab instance').with(packages: include('iptables'))
    expect(run).to start_systemd_unit('jupyterhub-lab-firewall.service')
    expect(run).to render_file('/etc/systemd/system/jupyterhub-lab-firewall.service')
      .with_content('Before=docker.service')
    expect(run).to create_docker_metadata_block('containers').with(addresses: include('169.254.169.254'))
    expect(run).to create_cookbook_file("#{home}/programs/close-containers").with(mode: '0755', owner: 'root')
  end

  it 'has systemd read changed units, and starts none that wait for the first boot' do
    %w(firewall prepare efs proxy).map { |part| "jupyterhub-lab-#{part}" }.push('jupyterhub-lab').each do |unit|
      file = "/etc/systemd/system/#{unit}.service"
      expect(run).to create_cookbook_file(file).with(owner: 'root', mode: '0644')
      expect(run.cookbook_file(file)).to notify('execute[read the units of the hub]').to(:run).immediately
    end
    %w(jupyterhub-lab.service jupyterhub-lab-proxy.service).each do |unit|
      expect(run).to enable_systemd_unit(unit)
      expect(run).not_to start_systemd_unit(unit)
    end
  end

  it 'leaves the name of the file system to the first boot, and mounts only where there is one' do
    expect(run).to render_file("#{home}/efs.conf.in")
      .with_content('connect = @FILE_SYSTEM_NAME@:2049').with_content('checkHost = @FILE_SYSTEM_NAME@')
    unit = run.systemd_unit('srv-jupyterhub-homes.mount')
    expect(unit.content['Mount']).to include('Where' => '/srv/jupyterhub/homes', 'What' => '127.0.0.1:/')
    expect(unit.content['Mount']['Options']).to include('noresvport', 'port=20049')
    expect(unit.content['Unit']).to include('ConditionPathExists' => '/run/lab-hub/efs.conf')
  end

  it 'makes the user of the proxy' do
    expect(run).to run_execute('make the user of the proxy')
      .with(command: %w(systemd-sysusers jupyterhub-lab-proxy.conf))
  end

  context 'when the user is there' do
    let(:users) { ["jupyterhub-lab-proxy:x:997:997:Proxy:/nonexistent:/usr/sbin/nologin\n"] }

    it 'does not make it again' do
      expect(run).not_to run_execute('make the user of the proxy')
    end
  end

  context 'with the steps of the engine' do
    let(:steps) { %w(docker_engine) }

    it 'lets users work on while Docker is updated' do
      expect(JSON.parse(run.file('/etc/docker/daemon.json').content)).to include('live-restore' => true)
      expect(run).not_to create_file('/etc/systemd/system/docker.service.d/end-containers.conf')
    end
  end

  ['100.96.0.0/8', '100.96.0.0', 'fd00::/20', 'somewhere'].each do |network|
    context "with the network #{network}" do
      let(:settings) { { 'container_network' => network } }

      it 'says what it wants' do
        expect { run }.to raise_error(ArgumentError, /container_network is "#{Regexp.escape(network)}"/)
      end
    end
  end

  it 'is what the cookbook does by itself' do
    expect(HubSpec.converge('jupyterhub_lab')).to include_recipe('jupyterhub_lab::hub')
  end
end
