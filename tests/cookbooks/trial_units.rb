# frozen_string_literal: true

# Prints as JSON what the recipes of leader and worker make systemd and Docker do, for the contract on standard input:
# {"leader": {"units": {name: {"settings", "every", "calendar"}}, "files": {path: content}, "resources": {...}}, ...}.
# A test compares it with the hosts of the trial cluster, which no Chef configures.
$LOAD_PATH.unshift(File.join(__dir__, 'recorder'))
require_relative '../../cookbooks/spec_helper'

STEPS = %w(jupyterhub_container docker_engine docker_metadata_block swarm_container_fence
           hub_certificate).freeze
FILES = %w(/etc/docker/daemon.json /etc/systemd/system/docker.service.d/end-containers.conf
           /etc/jupyterhub/settings.json /etc/jupyterhub/aws-config).freeze
PROPERTIES = {
  swarm_leader: %i(address_pools subnet_size availability cloud_map_instance token_parameter listen_address),
  swarm_network: %i(network_name),
  jupyterhub_image: %i(image runs state_folder),
  docker_metadata_block: %i(addresses tcp_ports),
  jupyterhub_secrets: %i(generated),
}.freeze

# The certificate's program is not run: it says that all is well.
ANSWER = Struct.new(:stdout, :stderr, :exitstatus).new('', '', 0)
WELL = proc { |provider| provider.define_singleton_method(:shell_out_compacted) { |*_words, **_options| ANSWER } }
CERTIFICATE = "hub_certificate[#{HubSpec.contract['hub_hostname']}]".freeze
Recorder::Stubs.example = Struct.new(:provider_stubs).new([[CERTIFICATE, WELL]])

def units(run)
  run.find_resources(:hub_service_unit).select { |unit| unit.performed_action?(:create) }.to_h do |unit|
    [unit.name, { settings: unit.settings, every: unit.every, calendar: unit.calendar }]
  end
end

def properties(run)
  PROPERTIES.to_h do |type, names|
    found = run.run.resource_class?(type) ? run.find_resources(type).first : nil
    [type, found && names.to_h { |name| [name, found.public_send(name)] }]
  end
end

def node_of(entry, given)
  contract = given['contract'].merge('node_kind' => entry == 'hub_worker' ? 'worker' : 'hub_leader')
  run = HubSpec.converge(entry, contract: contract, step_into: STEPS) do |node|
    node.normal['hub_node']['extra_environment'] = given['extra_environment']
  end
  { units: units(run), files: FILES.to_h { |path| [path, run.file(path)&.content] }.compact,
    resources: properties(run).compact }
end

given = JSON.parse($stdin.read)
puts JSON.generate(leader: node_of('hub_leader', given), worker: node_of('hub_worker', given))
