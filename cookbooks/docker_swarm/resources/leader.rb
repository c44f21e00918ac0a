# frozen_string_literal: true

provides :swarm_leader
unified_mode true
description "The Swarm's leader: starts the Swarm, publishes the worker join token (SSM SecureString) and its " \
            'address (Cloud Map).'
examples <<~RUBY
  swarm_leader 'chef-hub' do
    region 'us-east-1'
    advertise_address node['ipaddress']
    token_parameter '/chef-hub/swarm/worker-token'
    service_id 'srv-0123456789abcdef'
  end
RUBY

property :swarm_name, String, name_property: true,
                              description: 'Any name'
property :region, String, required: true, regex: /\A[a-z]{2,4}(-[a-z]+)+-\d{1,2}\z/,
                          description: 'AWS region of parameter and service'
property :advertise_address, String, required: true, regex: /\A[0-9a-fA-F.:]+\z/,
                                     description: 'Address that the other nodes use for this one'
property :listen_address, String, default: '0.0.0.0:2377', regex: /\A[0-9a-fA-F.:\[\]]+:\d{1,5}\z/,
                                  description: 'Address and port that the manager listens on'
property :address_pools, Array, default: %w(100.64.0.0/12),
                                description: 'Ranges for overlay networks, in CIDR form',
                                callbacks: { 'must hold IPv4 ranges such as 100.64.0.0/12' => lambda do |pools|
                                  ranges = pools.grep(%r{\A(\d{1,3}\.){3}\d{1,3}/([89]|[12]\d)\z})
                                  pools.any? && pools == ranges
                                end }
property :subnet_size, Integer, default: 22, equal_to: (16..29).to_a,
                                description: 'Length of the prefix of each overlay network'
property :availability, String, equal_to: %w(active pause drain), default: 'active',
                                description: 'Whether Swarm may run tasks here; a drained node does not join overlay ' \
                                             'networks'
property :token_parameter, String, required: true, regex: %r{\A(/[A-Za-z0-9_.-]+)+\z},
                                   description: 'SSM parameter of the worker join token'
property :service_id, String, required: true, regex: /\Asrv-[a-z0-9]+\z/,
                              description: 'Cloud Map service of the leader'
property :restored_file, String, default: '/var/lib/chef-hub/backup/swarm-restored',
                                 description: "Exists while the Swarm's state comes from a backup and was not used yet"
property :cloud_map_instance, String, default: 'swarm_svc_master', regex: /\A[A-Za-z0-9_.-]+\z/,
                                      description: "The leader's instance id in that service"

action :create,
       description: 'Start the Swarm unless this node leads one; publish token and address if they differ' do
  if engine_to_come?
    converge_by("start a Swarm at #{new_resource.advertise_address}") { nil }
  else
    lead
  end
end

action :rotate_token,
       description: 'Renew the worker join token and publish it; nodes that are members are not affected' do
  converge_by 'renew the worker join token' do
    command('docker', 'swarm', 'join-token', '--quiet', '--rotate', 'worker')
  end
  publish_token(docker_token)
end

action_class do
  include ChefHub::SwarmCommands
  include ChefHub::Waiting

  def lead
    start_swarm
    return if @started && whyrun_mode?

    set_availability
    token = docker_token
    unless_aws_is_away { publish_token(token) }
    unless_aws_is_away { publish_address }
  end

  # A Swarm that stands goes on without AWS: the next run publishes what differs then.
  def unless_aws_is_away
    yield
  rescue ChefHub::SwarmCommands::CommandFailed => e
    raise if e.refused? || @started

    Chef::Log.warn("AWS is away, so nothing was published: #{e.message}")
  end

  def start_swarm
    swarm = swarm_info
    state = swarm['LocalNodeState']
    return take_over(swarm) if state == 'active' && swarm['ControlAvailable'] != false

    if state != 'inactive' && ::File.exist?(new_resource.restored_file)
      give_up_restored(swarm)
    elsif state != 'inactive'
      raise "this node is in a Swarm that it does not lead, or whose state is #{state.inspect} " \
            "(#{swarm['Error']}): look at `docker info`, and leave it with `docker swarm leave --force`"
    end

    @started = true
    converge_by "start a Swarm at #{new_resource.advertise_address}" do
      command('docker', 'swarm', 'init', *init_options)
    end
    settle
  end

  # The state of a leader that was replaced names its address: this one has another. An engine that takes the Swarm
  # over may set up its networks while it still knows the old address, and then no worker's containers are reached:
  # it reads the new one when it starts again, and nothing runs here yet.
  def take_over(swarm)
    return unless ::File.exist?(new_resource.restored_file)

    unless swarm['NodeAddr'] == new_resource.advertise_address
      converge_by "take over the Swarm of the leader at #{swarm['NodeAddr']}, at #{new_resource.advertise_address}" do
        command('docker', 'swarm', 'init', '--force-new-cluster',
                '--advertise-addr', new_resource.advertise_address, '--listen-addr', new_resource.listen_address)
        @started = true
      end
    end
    converge_by 'restart Docker, whose networks may have the address of the leader that was replaced' do
      command('systemctl', 'restart', 'docker.service')
      wait_until_it_leads
    end
    settle
  end

  # A manager that is alone elects itself within seconds.
  def wait_until_it_leads
    wait_until('the restarted engine to lead its Swarm (look at `docker info`)',
               seconds: 120, poll: 1, despite: ChefHub::SwarmCommands::CommandFailed) do
      swarm = swarm_info
      swarm['LocalNodeState'] == 'active' && swarm['ControlAvailable']
    end
  end

  # A state from a backup that the engine refuses must not keep the hub away: files, tokens and groups are not in it.
  def give_up_restored(swarm)
    Chef::Log.warn("the Swarm's state from the backup cannot be used (#{swarm['Error']}): starting a new Swarm, " \
                   'which ends the servers that still run')
    converge_by('leave the Swarm of the backup') { command('docker', 'swarm', 'leave', '--force') }
  end

  def settle
    file new_resource.restored_file do
      action :delete
    end
  end

  def init_options
    [
      '--advertise-addr', new_resource.advertise_address, '--listen-addr', new_resource.listen_address,
      *new_resource.address_pools.flat_map { |pool| ['--default-addr-pool', pool] },
      '--default-addr-pool-mask-length', new_resource.subnet_size.to_s,
      '--availability', new_resource.availability
    ]
  end

  # For a Swarm that was started with another setting. An answer without a word gives no reason to change anything.
  def set_availability
    return if ['', new_resource.availability].include?(own_availability)

    converge_by "set the leader's availability to #{new_resource.availability}" do
      command('docker', 'node', 'update', '--availability', new_resource.availability, swarm_info['NodeID'])
    end
  end

  def publish_token(token)
    return if read_token == token

    converge_by "publish the worker join token at #{new_resource.token_parameter}" do
      write_token(token)
    end
  end

  def publish_address
    return if registered_addresses.value?(new_resource.advertise_address)

    converge_by "register #{new_resource.advertise_address} in Cloud Map as #{new_resource.cloud_map_instance}" do
      register_address
    end
  end
end
