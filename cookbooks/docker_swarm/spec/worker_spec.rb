# frozen_string_literal: true

require_relative '../../spec_helper'

require 'tmpdir'
require_relative 'swarm_stubs'

describe 'docker_swarm::worker' do
  include SwarmStubs

  let(:leader) { '10.30.0.10' }
  let(:joined) { [] }

  def converge(deadline: 5)
    HubSpec.converge('docker_swarm::worker', step_into: %w(swarm_worker)) do |node|
      node.normal['docker_swarm']['advertise_address'] = '10.30.0.77'
      node.normal['docker_swarm']['join_deadline'] = deadline
      node.normal['docker_swarm']['join_poll'] = 0.01
    end
  end

  def accept_join(provider, exitstatus: 0, stderr: '')
    allow(provider).to receive(:shell_out_compacted).with('curl', any_args) do |*words, **options|
      joined << [words, options[:input]]
      double(stdout: '', stderr: stderr, exitstatus: exitstatus)
    end
  end

  # The node remembers which cluster it joined.
  def remember(cluster)
    path = '/var/lib/chef-hub/swarm-cluster'
    %i(exist? read).each { |name| allow(File).to receive(name).and_call_original }
    allow(File).to receive(:exist?).with(path).and_return(!cluster.nil?)
    allow(File).to receive(:read).with(path).and_return("#{cluster}\n")
  end

  it 'joins with the token on standard input, and remembers the cluster' do
    remember(nil)
    stubs_for_provider('swarm_worker[chef-hub]') do |provider|
      get_parameter(provider, stdout: parameter(SwarmStubs::TOKEN))
      list_instances(provider, leader)
      docker_info(provider, info('inactive'), info('inactive'), info('active', managers: [leader]))
      accept_join(provider)
    end
    run = converge
    words, input = joined.fetch(0)
    expect(words.join(' ')).not_to include('SWMTKN')
    expect(JSON.parse(input)).to include('RemoteAddrs' => ['10.30.0.10:2377'], 'JoinToken' => SwarmStubs::TOKEN,
                                         'AdvertiseAddr' => '10.30.0.77')
    expect(run).to create_file('/var/lib/chef-hub/swarm-cluster')
      .with(content: "#{SwarmStubs::CLUSTER}\n", mode: '0600')
    expect(run.swarm_worker('chef-hub')).to be_updated_by_last_action
  end

  it 'changes nothing as a member' do
    remember(SwarmStubs::CLUSTER)
    stubs_for_provider('swarm_worker[chef-hub]') do |provider|
      get_parameter(provider, stdout: parameter(SwarmStubs::TOKEN))
      list_instances(provider, leader)
      docker_info(provider, info('active', managers: [leader]))
    end
    expect(converge.swarm_worker('chef-hub')).not_to be_updated_by_last_action
  end

  it 'stays a member when Docker names no manager' do
    remember(SwarmStubs::CLUSTER)
    stubs_for_provider('swarm_worker[chef-hub]') do |provider|
      get_parameter(provider, stdout: parameter(SwarmStubs::TOKEN))
      list_instances(provider, leader)
      docker_info(provider, info('active'))
    end
    expect(converge.swarm_worker('chef-hub')).not_to be_updated_by_last_action
  end

  it 'goes on at once as a member when AWS does not answer, and stays where it is' do
    remember(SwarmStubs::CLUSTER)
    calls = 0
    stubs_for_provider('swarm_worker[chef-hub]') do |provider|
      docker_info(provider, info('active', managers: [leader]))
      allow(provider).to receive(:shell_out_compacted).with('aws', any_args) do |*_, **options|
        calls += 1
        expect(options[:timeout]).to be <= 15
        double(stdout: '', stderr: 'Could not connect to the endpoint URL', exitstatus: 255)
      end
    end
    expect(converge(deadline: 900).swarm_worker('chef-hub')).not_to be_updated_by_last_action
    expect(calls).to eq 1
  end

  it 'goes on as a member when the leader publishes nothing' do
    remember(SwarmStubs::CLUSTER)
    stubs_for_provider('swarm_worker[chef-hub]') do |provider|
      get_parameter(provider, stderr: SwarmStubs::NOT_FOUND, exitstatus: 254)
      list_instances(provider)
      docker_info(provider, info('active', managers: [leader]))
    end
    expect(converge(deadline: 900).swarm_worker('chef-hub')).not_to be_updated_by_last_action
  end

  it 'joins anew when another leader publishes another cluster' do
    remember('c' * 49)
    left = 0
    stubs_for_provider('swarm_worker[chef-hub]') do |provider|
      get_parameter(provider, stdout: parameter(SwarmStubs::TOKEN))
      list_instances(provider, leader)
      docker_info(provider, info('active', managers: [leader]), info('active'), info('active', managers: [leader]))
      allow(provider).to receive(:shell_out_compacted).with('docker', 'swarm', 'leave', any_args) do
        left += 1
        double(stdout: '', stderr: '', exitstatus: 0)
      end
      accept_join(provider)
    end
    converge
    expect(left).to eq 1
    expect(joined.size).to eq 1
  end

  it 'stays a member when the leader of the same Swarm has another address' do
    remember(SwarmStubs::CLUSTER)
    stubs_for_provider('swarm_worker[chef-hub]') do |provider|
      get_parameter(provider, stdout: parameter(SwarmStubs::TOKEN))
      list_instances(provider, '10.30.0.99')
      docker_info(provider, info('active', managers: [leader]))
    end
    expect(converge.swarm_worker('chef-hub')).not_to be_updated_by_last_action
  end

  it 'ends at the deadline, and says what it waited for' do
    remember(nil)
    stubs_for_provider('swarm_worker[chef-hub]') do |provider|
      get_parameter(provider, stderr: SwarmStubs::NOT_FOUND, exitstatus: 254)
      list_instances(provider)
    end
    expect { converge(deadline: 1) }
      .to raise_error(%r{gave up waiting for the Swarm's leader: token at /chef-hub/swarm/worker-token,.* after 1 s})
  end

  it 'ends at the deadline with the reason when it is refused, without the token' do
    remember(nil)
    stubs_for_provider('swarm_worker[chef-hub]') do |provider|
      get_parameter(provider, stdout: parameter(SwarmStubs::TOKEN))
      list_instances(provider, leader)
      docker_info(provider, info('inactive'))
      accept_join(provider, exitstatus: 22, stderr: 'invalid join token')
    end
    expect { converge(deadline: 1) }.to(raise_error do |error|
      expect(error.message).to match(/take this node in after 1 s: curl .* failed \(22\): invalid join token/)
      expect(error.message).not_to include('SWMTKN')
    end)
  end

  it 'finds its own address where Ohai does not' do
    remember(SwarmStubs::CLUSTER)
    { %w(127.0.0.1 ::1 203.0.113.5 10.30.0.78) => '10.30.0.78',
      %w(127.0.0.1 169.254.169.254 203.0.113.5) => '203.0.113.5' }.each do |addresses, own|
      allow(Socket).to receive(:ip_address_list).and_return(addresses.map { |address| Addrinfo.ip(address) })
      run = HubSpec.converge('docker_swarm::worker') { |node| node.automatic['ipaddress'] = nil }
      expect(run).to join_swarm_worker('chef-hub').with(advertise_address: own)
    end
  end

  it 'is in no Swarm while it waits in the warm pool, and has what brings it there' do
    allow(File).to receive(:exist?).and_call_original
    allow(File).to receive(:exist?).with('/var/lib/chef-hub/pooled').and_return(true)
    run = HubSpec.converge('docker_swarm::worker')
    expect(run).not_to join_swarm_worker('chef-hub')
    %w(clear-worker join-swarm).each { |name| expect(run).to install_hub_program(name) }
    expect(run).to create_hub_service_unit('chef-hub-offer-worker')
  end

  it 'looks for a leader that was replaced' do
    remember(SwarmStubs::CLUSTER)
    expect(HubSpec.converge('docker_swarm::worker')).to create_hub_service_unit('chef-hub-follow-leader').with(
      every: '30s', settings: hash_including('Environment' => include("SWARM_SERVICE=#{SwarmStubs::SERVICE}"))
    )
  end

  it 'offers the worker once the notebook image is there' do
    remember(SwarmStubs::CLUSTER)
    run = HubSpec.converge('docker_swarm::worker')
    expect(run).to join_swarm_worker('chef-hub').with(deadline: 900, token_parameter: '/chef-hub/swarm/worker-token')
    expect(run).to create_hub_service_unit('chef-hub-offer-worker').with(
      every: '5min', settings: hash_including('StateDirectory' => 'chef-hub/images',
                                              'Environment' => 'CHEF_HUB_NETWORK=chef-hub'),
      dependencies: hash_including('Wants' => 'chef-hub-follow-leader.service')
    )
  end

  it 'pulls a new notebook image at once' do
    remember(SwarmStubs::CLUSTER)
    run = HubSpec.converge('docker_swarm::worker')
    expect(run.file('/etc/chef-hub/notebook-image'))
      .to notify('execute[offer the new notebook image]').to(:run).delayed
  end
end
