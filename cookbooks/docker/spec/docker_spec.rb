# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'docker::default' do
  def converge(settings = {}, steps = %w(docker_engine docker_metadata_block hub_package_set))
    HubSpec.converge('docker', step_into: steps) do |node|
      settings.each { |name, value| node.normal['docker'][name] = value }
    end
  end

  it 'closes the metadata service before there is a container' do
    run = converge({}, [])
    expect(run).to create_docker_metadata_block('containers')
      .with(addresses: %w(169.254.169.254 fd00:ec2::254), tcp_ports: [2049])
    expect(run).to install_docker_engine('default').with(package_name: 'docker.io')
  end

  it 'opens the metadata service when told to' do
    expect(converge({ 'block_metadata' => false }, [])).to delete_docker_metadata_block('containers')
    expect(converge('block_metadata' => false)).to disable_systemd_unit('chef-hub-metadata-block.service')
  end

  it 'writes daemon.json before the package is there, and starts Docker' do
    run = converge
    settings = run.file('/etc/docker/daemon.json')
    daemon = JSON.parse(settings.content)
    expect(daemon).to include('no-new-privileges' => true, 'labels' => ["chef-hub.node=#{run.node.name}"])
    expect(daemon).not_to include('live-restore')
    expect(settings).to notify('execute[settle Docker]').to(:run).immediately
    expect(run.execute('settle Docker').command).to eq %w(/usr/local/lib/chef-hub/settle-engine docker.io -)
    expect(run).to install_package('docker.io')
    expect(run).to enable_systemd_unit('docker.service')
    expect(run).to start_systemd_unit('docker.service')
    expect(run).not_to add_apt_repository('docker')
  end

  it 'ends containers with their daemon, before it is started for the first time' do
    run = converge
    settings = run.file('/etc/systemd/system/docker.service.d/end-containers.conf')
    expect(settings.content).to include("[Service]\nExecStopPost=-/usr/local/lib/chef-hub/end-containers\n")
    expect(settings).to notify("execute[read docker.service's settings]").to(:run).immediately
    expect(run).to install_hub_program('end-containers').with(from_cookbook: 'docker')
  end

  # What of Docker and dpkg is on the machine, whatever the machine is.
  def machine(engine:, status: '')
    %i(exist? read).each { |name| allow(File).to receive(name).and_call_original }
    %w(/usr/bin/dockerd /usr/sbin/dockerd).each do |path|
      allow(File).to receive(:exist?).with(path).and_return(path == engine)
    end
    allow(File).to receive(:exist?).with('/var/lib/dpkg/status').and_return(true)
    allow(File).to receive(:read).with('/var/lib/dpkg/status').and_return(status)
  end

  # The check of daemon.json's new text; the real Chef keeps it with others in a list.
  def check_of(run)
    check = run.file('/etc/docker/daemon.json').verify
    check.is_a?(Proc) ? check : check.first.method(:verify)
  end

  def answer(engine, **said)
    stubs_for_provider('docker_engine[default]') do |provider|
      allow(provider).to receive_shell_out(engine, '--validate', '--config-file', '/tmp/new', **said)
    end
  end

  it 'asks Docker, where Debian has it, before it writes settings, and says what it refuses' do
    machine(engine: '/usr/sbin/dockerd')
    answer('/usr/sbin/dockerd', exitstatus: 1, stderr: 'no such driver')
    expect { check_of(converge).call('/tmp/new') }.to raise_error(/daemon.json stays as it is: no such driver/)
  end

  it 'asks Docker, where Ubuntu has it' do
    machine(engine: '/usr/bin/dockerd')
    answer('/usr/bin/dockerd')
    expect(check_of(converge).call('/tmp/new')).to be true
  end

  it 'takes the settings on trust from a Docker that cannot be asked, and where there is none yet' do
    machine(engine: '/usr/sbin/dockerd')
    answer('/usr/sbin/dockerd', exitstatus: 125, stderr: 'unknown flag: --validate')
    check = check_of(converge)
    expect(check.call('/tmp/new')).to be true
    machine(engine: nil)
    expect(check.call('/tmp/new')).to be true
  end

  it 'keeps automatic updates from what containers run by' do
    machine(engine: nil, status: "Package: docker.io\nStatus: install ok installed\n\nPackage: runc\n" \
                                 "Status: hold ok installed\n\nPackage: curl\nStatus: install ok installed\n")
    run = converge
    expect(run).to run_execute('hold the packages of Docker').with(command: %w(apt-mark hold docker.io))
    expect(run.file('/etc/apt/apt.conf.d/52chef-hub-engine').content)
      .to include('Unattended-Upgrade::Package-Blacklist {', '"^docker[.]io$";', '"^containerd$";', '"^runc$";')
    expect(run.file('/etc/needrestart/conf.d/chef-hub-engine.conf').content).to include('qr(^(docker|containerd))')
    machine(engine: nil, status: "Package: docker.io\nStatus: hold ok installed\n")
    expect(converge).not_to run_execute('hold the packages of Docker')
  end

  it 'brings another version, and what had to wait, by a timer' do
    run = converge('version' => '28.2.2-0ubuntu1~22.04.1')
    expect(run).to create_hub_service_unit('chef-hub-engine').with(every: '1min', settings: hash_including(
      'ExecStart' => '/usr/local/lib/chef-hub/settle-engine docker.io 28.2.2-0ubuntu1~22.04.1'
    ))
    expect { converge('version' => 'newest; reboot') }.to raise_error(Chef::Exceptions::ValidationFailed, /version/)
  end

  it "installs Docker's own package from a given repository" do
    repository = { 'uri' => 'https://packages.example.org/docker', 'components' => %w(stable) }
    run = converge('package' => 'docker-ce', 'repository' => repository)
    expect(run).to add_apt_repository('docker').with(uri: 'https://packages.example.org/docker', components: %w(stable))
    expect(run).to install_package('docker-ce')
  end

  it 'refuses settings that cannot work' do
    expect { converge('package' => 'podman') }.to raise_error(Chef::Exceptions::ValidationFailed, /package_name/)
    expect { converge('daemon' => { 'live-restore' => true }) }
      .to raise_error(Chef::Exceptions::ValidationFailed, /live-restore/)
    expect { converge('metadata_addresses' => ['169.254.169.254; reboot']) }
      .to raise_error(Chef::Exceptions::ValidationFailed, /IP addresses/)
    expect { converge('closed_tcp_ports' => ['nfs']) }
      .to raise_error(Chef::Exceptions::ValidationFailed, /port numbers/)
  end
end
