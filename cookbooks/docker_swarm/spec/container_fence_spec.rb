# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'swarm_container_fence' do
  def converge(recipe, settings = {})
    HubSpec.converge("docker_swarm::#{recipe}", step_into: %w(swarm_container_fence hub_package_set)) do |node|
      node.normal['docker_swarm']['advertise_address'] = '10.30.0.77'
      settings.each { |name, value| node.normal['docker_swarm'][name] = value }
      yield node if block_given?
    end
  end

  def command(run)
    run.hub_service_unit('chef-hub-container-fence').settings['ExecStart'].split
  end

  it 'closes private ranges to notebooks, before Docker starts' do
    run = converge('worker')
    expect(run).to install_hub_program('fence-containers')
    expect(run).to install_package('iptables')
    expect(command(run)).to eq(%w(/usr/local/lib/chef-hub/fence-containers add closed 10.0.0.0/8 100.64.0.0/10
                                  169.254.0.0/16 172.16.0.0/12 192.168.0.0/16))
    unit = run.hub_service_unit('chef-hub-container-fence')
    expect(unit.dependencies).to include('Before' => 'docker.service')
    expect(unit.settings).not_to include('ExecStop')
  end

  it 'opens what the operator names' do
    run = converge('worker', 'allowed_ranges' => %w(10.30.5.20/32 fd00::/8))
    expect(command(run).last(4)).to eq(%w(192.168.0.0/16 allowed 10.30.5.20/32 fd00::/8))
  end

  it 'leaves the ranges of others open to the hub on the leader' do
    expect(command(converge('leader'))).to eq(%w(/usr/local/lib/chef-hub/fence-containers add))
  end

  it 'refuses what is not a range' do
    %w(10.30.5.0/33 database.example 10.30.5.20;reboot).each do |wrong|
      expect { converge('worker', 'allowed_ranges' => [wrong]) }
        .to raise_error(Chef::Exceptions::ValidationFailed, /allowed_ranges/)
    end
  end

  it 'lifts the rules when told to' do
    run = converge('worker', 'fence_containers' => false)
    expect(run).to disable_systemd_unit('chef-hub-container-fence.service')
    expect(run).not_to create_hub_service_unit('chef-hub-container-fence')
  end

  it 'closes the range of a VPC that is not private' do
    macs = { '02:00:00:00:00:01' => { 'vpc_ipv4_cidr_blocks' => "192.0.0.0/18\n203.0.113.0/24" },
             '02:00:00:00:00:02' => { 'vpc_ipv4_cidr_block' => '192.0.0.0/18' } }
    expect(ChefHub::VpcRanges.of('ec2' => { 'network_interfaces_macs' => macs })).to eq(%w(192.0.0.0/18 203.0.113.0/24))
    expect(ChefHub::VpcRanges.of({})).to eq([])
  end
end
