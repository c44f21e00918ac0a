# frozen_string_literal: true

provides :swarm_worker
unified_mode true
description "A Swarm worker: waits for the leader's address and token, joins, and joins again when the leader has " \
            'started another Swarm. It stays a member of the same Swarm when the leader gets another address.'
examples <<~RUBY
  swarm_worker 'chef-hub' do
    region 'us-east-1'
    advertise_address node['ipaddress']
    token_parameter '/chef-hub/swarm/worker-token'
    service_id 'srv-0123456789abcdef'
    deadline 600
  end
RUBY

property :swarm_name, String, name_property: true,
                              description: 'Any name'
property :region, String, required: true, regex: /\A[a-z]{2,4}(-[a-z]+)+-\d{1,2}\z/,
                          description: 'AWS region of parameter and service'
property :advertise_address, String, required: true, regex: /\A[0-9a-fA-F.:]+\z/,
                                     description: 'Address that the other nodes use for this one'
property :listen_address, String, default: '0.0.0.0:2377', regex: /\A[0-9a-fA-F.:\[\]]+:\d{1,5}\z/,
                                  description: 'Address and port that the node would listen on as a manager'
property :token_parameter, String, required: true, regex: %r{\A(/[A-Za-z0-9_.-]+)+\z},
                                   description: 'SSM parameter of the worker join token'
property :service_id, String, required: true, regex: /\Asrv-[a-z0-9]+\z/,
                              description: 'Cloud Map service of the leader'
property :deadline, Integer, default: 900, callbacks: { 'must be positive' => ->(seconds) { seconds.positive? } },
                             description: 'Seconds until the wait for leader and Swarm ends with an error'
property :poll, [Integer, Float], default: 5, callbacks: { 'must be positive' => ->(seconds) { seconds.positive? } },
                                  description: 'Seconds between two checks'
property :state_file, String, default: '/var/lib/chef-hub/swarm-cluster', regex: %r{\A(/[A-Za-z0-9_.-]+)+\z},
                              description: 'File that records which cluster the node joined (not a secret)'

action :join, description: 'Be a member of the Swarm that the leader publishes now' do
  if whyrun_mode? && (engine_to_come? || !joined?(swarm_info))
    converge_by('join the Swarm') { nil }
  else
    join_unless_member
  end
end

action :leave, description: 'Leave the Swarm' do
  if swarm_info['LocalNodeState'] != 'inactive'
    converge_by('leave the Swarm') { command('docker', 'swarm', 'leave', '--force') }
  end
  file new_resource.state_file do
    action :delete
  end
end

action_class do
  include ChefHub::SwarmCommands
  include ChefHub::Waiting

  def join_unless_member
    swarm = swarm_info unless remembered.nil?
    leader = joined?(swarm) ? look_once : wait_for_leader
    return if leader.nil? || member?(leader, swarm || swarm_info)

    converge_by 'join the Swarm' do
      # A refused token or address may have been renewed meanwhile: both are read anew each time.
      wait_for('the Swarm to take this node in') { attempt_to_join }
    end
  end

  def wait_for_leader
    wait_for("the Swarm's leader: token at #{new_resource.token_parameter}, " \
             "address in #{new_resource.service_id}") { published }
  end

  # A member does not wait for what is published: without it, it stays where it is.
  def look_once
    published
  rescue ChefHub::SwarmCommands::CommandFailed => e
    Chef::Log.warn("AWS does not tell which Swarm the leader publishes, so this node stays in its own: #{e.message}")
    nil
  end

  # Is this node an active member of a cluster that it remembers?
  def joined?(swarm)
    !remembered.nil? && swarm['LocalNodeState'] == 'active'
  end

  def remembered
    ::File.exist?(new_resource.state_file) ? ::File.read(new_resource.state_file).strip : nil
  end

  # A member's run goes on soon when AWS does not answer.
  def aws_seconds
    remembered.nil? ? super : 15
  end

  # What the leader publishes, as [token, addresses]; nil as long as a part of it is missing.
  def published
    token = read_token
    addresses = registered_addresses.values.compact
    [token, addresses] if cluster_of(token) && addresses.any?
  end

  # Is this node an active member of that cluster? Leaving it for a leader with another address would end its users'
  # servers, which a leader that took the cluster over still knows.
  def member?(leader, swarm)
    swarm['LocalNodeState'] == 'active' && remembered == cluster_of(leader.first)
  end

  def attempt_to_join
    token, addresses = published
    return unless token

    command('docker', 'swarm', 'leave', '--force') unless swarm_info['LocalNodeState'] == 'inactive'
    engine_join(addresses.first, token)
    remember(cluster_of(token)) if swarm_info['LocalNodeState'] == 'active'
  end

  def remember(cluster)
    directory ::File.dirname(new_resource.state_file) do
      mode '0755'
      recursive true
    end
    file new_resource.state_file do
      content "#{cluster}\n"
      mode '0600'
    end
  end

  def wait_for(what, &block)
    wait_until(what, seconds: new_resource.deadline, poll: new_resource.poll,
                     despite: ChefHub::SwarmCommands::CommandFailed, &block)
  end
end
