# frozen_string_literal: true

require_relative '../../spec_helper'

require_relative 'swarm_stubs'

describe 'docker_swarm::leader' do
  include SwarmStubs

  let(:address) { '10.30.0.10' }

  def converge
    HubSpec.converge('docker_swarm::leader', step_into: %w(swarm_leader swarm_network)) do |node|
      node.normal['docker_swarm']['advertise_address'] = address
    end
  end

  def run_line(provider, *words, **answer)
    allow(provider).to receive_shell_out(*words, **answer)
  end

  def availability(provider, state)
    run_line(provider, 'docker', 'node', 'inspect', 'self', '--format', '{{.Spec.Availability}}', stdout: "#{state}\n")
  end

  def network(exitstatus)
    stubs_for_provider('swarm_network[chef-hub]') do |provider|
      run_line(provider, 'docker', 'network', 'inspect', 'chef-hub', exitstatus: exitstatus)
    end
  end

  before { network(1) }

  it 'starts the Swarm, publishes token and address, and never shows the token on a command line' do
    lines = []
    stubs_for_provider('swarm_leader[chef-hub]') do |provider|
      allow(provider).to receive(:shell_out_compacted) do |*words, **options|
        lines << [words, options[:input]]
        answer = case words
                 in ['docker', 'info', *] then info('inactive')
                 in ['docker', 'node', 'inspect', *] then "active\n"
                 in ['docker', 'swarm', 'join-token', *] then "#{SwarmStubs::TOKEN}\n"
                 in [*, 'list-instances', '--service-id', _, '--output', 'json'] then instances
                 else ''
                 end
        missing = words.include?('get-parameter')
        double(stdout: answer, stderr: missing ? SwarmStubs::NOT_FOUND : '', exitstatus: missing ? 254 : 0)
      end
    end
    converge
    commands = lines.map(&:first)
    expect(commands).to include(start_with('docker', 'swarm', 'init', '--advertise-addr', address))
    expect(commands.flatten.join(' ')).not_to include('SWMTKN')
    words, input = lines.find { |line, _| line.include?('put-parameter') }
    expect(words).to include('--name', SwarmStubs::PARAMETER, 'SecureString', '--overwrite', 'file:///dev/stdin')
    expect(input).to eq(SwarmStubs::TOKEN)
    expect(commands).to include(include('register-instance', "AWS_INSTANCE_IPV4=#{address}", 'swarm_svc_master'))
  end

  it 'changes nothing when everything is published' do
    stubs_for_provider('swarm_leader[chef-hub]') do |provider|
      docker_info(provider, info('active', control: true))
      availability(provider, 'active')
      run_line(provider, 'docker', 'swarm', 'join-token', '--quiet', 'worker', stdout: SwarmStubs::TOKEN)
      get_parameter(provider, stdout: parameter(SwarmStubs::TOKEN))
      list_instances(provider, address)
    end
    expect(converge.swarm_leader('chef-hub')).not_to be_updated_by_last_action
  end

  describe 'with a state that comes from a backup' do
    let(:restored) { '/var/lib/chef-hub/backup/swarm-restored' }
    let(:lines) { [] }

    before do
      allow(File).to receive(:exist?).and_call_original
      allow(File).to receive(:exist?).with(restored).and_return(true)
    end

    def answer(first)
      stubs_for_provider('swarm_leader[chef-hub]') do |provider|
        docker_info(provider, first)
        availability(provider, 'active')
        run_line(provider, 'docker', 'swarm', 'join-token', '--quiet', 'worker', stdout: SwarmStubs::TOKEN)
        get_parameter(provider, stdout: parameter(SwarmStubs::TOKEN))
        list_instances(provider, address)
        %w(init leave).each do |word|
          allow(provider).to receive(:shell_out_compacted).with('docker', 'swarm', word, any_args) do |*words, **_|
            lines << words
            double(stdout: '', stderr: '', exitstatus: 0)
          end
        end
        allow(provider).to receive(:shell_out_compacted).with('systemctl', 'restart', any_args) do |*words, **_|
          lines << words
          double(stdout: '', stderr: '', exitstatus: 0)
        end
      end
    end

    it 'takes over the Swarm of the leader that was replaced, at its own address, which its networks learn' do
      answer(info('active', control: true, at: '10.30.0.99'))
      expect(converge).to delete_file(restored)
      expect(lines).to eq [['docker', 'swarm', 'init', '--force-new-cluster', '--advertise-addr', address,
                            '--listen-addr', '0.0.0.0:2377'],
                           %w(systemctl restart docker.service)]
    end

    it 'restarts Docker also where the run before has ended in between' do
      answer(info('active', control: true))
      expect(converge).to delete_file(restored)
      expect(lines).to eq [%w(systemctl restart docker.service)]
    end

    it 'waits until the restarted engine leads, whatever it says before' do
      answer(info('active', control: true))
      stubs_for_provider('swarm_leader[chef-hub]') do |provider|
        answers = [info('active', control: true), '', info('pending'), info('active', control: true)]
        allow(provider).to receive(:shell_out_compacted).with('docker', 'info', any_args) do
          double(stdout: answers.length > 1 ? answers.shift : answers.first, stderr: '', exitstatus: 0)
        end
        expect(provider).to receive(:sleep).twice
      end
      expect(converge).to delete_file(restored)
    end

    it 'starts a new Swarm where the engine refuses the state, rather than none' do
      answer(info('error'))
      converge
      expect(lines.map { |words| words[2] }).to eq %w(leave init)
      expect(lines.last).not_to include('--force-new-cluster')
    end
  end

  it 'opens a leader that was drained, so that the hub can join its network' do
    updates = []
    stubs_for_provider('swarm_leader[chef-hub]') do |provider|
      docker_info(provider, info('active', control: true))
      availability(provider, 'drain')
      allow(provider).to receive(:shell_out_compacted).with('docker', 'node', 'update', any_args) do |*words, **_|
        updates << words
        double(stdout: '', stderr: '', exitstatus: 0)
      end
      run_line(provider, 'docker', 'swarm', 'join-token', '--quiet', 'worker', stdout: SwarmStubs::TOKEN)
      get_parameter(provider, stdout: parameter(SwarmStubs::TOKEN))
      list_instances(provider, address)
    end
    expect(converge.swarm_leader('chef-hub')).to be_updated_by_last_action
    expect(updates).to eq [%w(docker node update --availability active node-1)]
  end

  it 'refuses to lead on a node that is a worker of another Swarm' do
    stubs_for_provider('swarm_leader[chef-hub]') { |provider| docker_info(provider, info('active')) }
    expect { converge }.to raise_error(/in a Swarm that it does not lead/)
  end

  it 'says what AWS said when it cannot publish' do
    stubs_for_provider('swarm_leader[chef-hub]') do |provider|
      docker_info(provider, info('active', control: true))
      availability(provider, 'active')
      run_line(provider, 'docker', 'swarm', 'join-token', '--quiet', 'worker', stdout: SwarmStubs::TOKEN)
      get_parameter(provider, stderr: 'AccessDeniedException', exitstatus: 254)
    end
    expect { converge }.to raise_error(/aws ssm get-parameter failed \(254\): AccessDeniedException/)
  end

  it 'goes on with a Swarm that stands while AWS is away' do
    stubs_for_provider('swarm_leader[chef-hub]') do |provider|
      docker_info(provider, info('active', control: true))
      availability(provider, 'active')
      run_line(provider, 'docker', 'swarm', 'join-token', '--quiet', 'worker', stdout: SwarmStubs::TOKEN)
      allow(provider).to receive(:shell_out_compacted).with('aws', any_args) do
        double(stdout: '', stderr: 'Could not connect to the endpoint URL', exitstatus: 255)
      end
    end
    expect(converge.swarm_leader('chef-hub')).not_to be_updated_by_last_action
  end

  it 'tells of an answer of AWS that it cannot read, but not what the answer was' do
    stubs_for_provider('swarm_leader[chef-hub]') do |provider|
      docker_info(provider, info('active', control: true))
      availability(provider, 'active')
      run_line(provider, 'docker', 'swarm', 'join-token', '--quiet', 'worker', stdout: SwarmStubs::TOKEN)
      get_parameter(provider, stdout: "#{SwarmStubs::TOKEN}\n")
    end
    expect { converge }.to(raise_error do |error|
      expect(error.message).to include('aws ssm get-parameter gave no JSON')
      expect([error, error.cause].join).not_to include('SWMTKN')
    end)
  end

  it 'leaves the availability alone when Docker does not tell it' do
    stubs_for_provider('swarm_leader[chef-hub]') do |provider|
      docker_info(provider, JSON.generate('LocalNodeState' => 'active'))
      availability(provider, '')
      run_line(provider, 'docker', 'swarm', 'join-token', '--quiet', 'worker', stdout: SwarmStubs::TOKEN)
      get_parameter(provider, stdout: parameter(SwarmStubs::TOKEN))
      list_instances(provider, address)
    end
    expect(converge.swarm_leader('chef-hub')).not_to be_updated_by_last_action
  end

  it 'refuses to publish what is no token' do
    stubs_for_provider('swarm_leader[chef-hub]') do |provider|
      docker_info(provider, info('active', control: true))
      availability(provider, 'active')
      run_line(provider, 'docker', 'swarm', 'join-token', '--quiet', 'worker', stdout: "\n")
    end
    expect { converge }.to raise_error(/docker swarm join-token gave no token/)
  end

  context 'with a Swarm that stands' do
    before do
      stubs_for_provider('swarm_leader[chef-hub]') do |provider|
        docker_info(provider, info('active', control: true))
        availability(provider, 'active')
        run_line(provider, 'docker', 'swarm', 'join-token', '--quiet', 'worker', stdout: SwarmStubs::TOKEN)
        get_parameter(provider, stdout: parameter(SwarmStubs::TOKEN))
        list_instances(provider, address)
      end
    end

    it 'creates the encrypted, attachable network once' do
      expect(converge).to run_execute('create the network chef-hub').with(
        command: %w(docker network create --driver overlay --attachable --opt encrypted chef-hub)
      )
      network(0)
      expect(converge).not_to run_execute('create the network chef-hub')
    end

    it 'keeps the Swarm and renews the token by timers' do
      run = converge
      expect(run).to install_hub_program('keep-swarm').with(from_cookbook: 'docker_swarm')
      expect(run).to create_hub_service_unit('chef-hub-swarm-keeper').with(
        every: '10s', settings: hash_including('Environment' => 'CHEF_HUB_REAP_AFTER=600')
      )
      expect(run).to create_remote_directory('/usr/local/lib/chef-hub/worker_rollout').with(purge: true)
      expect(run).to create_hub_service_unit('chef-hub-worker-rollout').with(
        every: '30s', settings: hash_including('ExecStart' => '/usr/bin/python3 -m worker_rollout')
      )
      expect(run).to create_hub_service_unit('chef-hub-token-rotation').with(calendar: 'weekly')
    end
  end
end
