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
    expect(settings).to notify('systemd_unit[restart docker.service]').to(:restart).immediately
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
