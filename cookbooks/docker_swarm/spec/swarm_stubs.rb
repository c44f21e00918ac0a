# frozen_string_literal: true

# What Docker and AWS answer to the Swarm resources in the specs.
module SwarmStubs
  CLUSTER = 'a' * 49
  TOKEN = "SWMTKN-1-#{CLUSTER}-#{'b' * 25}".freeze
  PARAMETER = '/chef-hub/swarm/worker-token'
  SERVICE = 'srv-fedcba9876543210'
  NOT_FOUND = 'An error occurred (ParameterNotFound) when calling the GetParameter operation'

  def info(state, control: false, managers: [], at: '10.30.0.10')
    JSON.generate('LocalNodeState' => state, 'ControlAvailable' => control, 'Error' => '', 'NodeID' => 'node-1',
                  'NodeAddr' => at,
                  'RemoteManagers' => managers.map { |address| { 'Addr' => "#{address}:2377" } })
  end

  def parameter(value)
    JSON.generate('Parameter' => { 'Value' => value })
  end

  def instances(*addresses)
    found = addresses.each_with_index.map do |address, index|
      { 'Id' => "leader-#{index}", 'Attributes' => { 'AWS_INSTANCE_IPV4' => address } }
    end
    JSON.generate('Instances' => found)
  end

  # Let docker info answer with each of these in turn, the last one for good.
  def docker_info(provider, *answers)
    results = answers.map { |answer| double(stdout: answer, stderr: '', exitstatus: 0) }
    allow(provider).to receive(:shell_out_compacted).with('docker', 'info', any_args).and_return(*results)
  end

  def get_parameter(provider, **answer)
    allow(provider).to receive_shell_out('aws', '--region', 'us-east-1', 'ssm', 'get-parameter', '--name', PARAMETER,
                                         '--with-decryption', '--output', 'json', **answer)
  end

  def list_instances(provider, *addresses)
    allow(provider).to receive_shell_out('aws', '--region', 'us-east-1', 'servicediscovery', 'list-instances',
                                         '--service-id', SERVICE, '--output', 'json', stdout: instances(*addresses))
  end
end
