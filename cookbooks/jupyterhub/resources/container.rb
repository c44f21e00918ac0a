# frozen_string_literal: true

provides :jupyterhub_container
unified_mode true
description 'A long-running container of the leader as a systemd service: started at boot, restarted, logged by ' \
            'the journal.'
examples <<~RUBY
  jupyterhub_container 'jupyterhub-proxy' do
    summary 'Proxy of JupyterHub'
    image 'chef-hub/jupyterhub:latest'
    command %w(configurable-http-proxy --port 8000)
    network 'chef-hub'
    memory '512m'
    publish ['127.0.0.1:8000:8000']
  end
RUBY

property :container_name, String, name_property: true, regex: /\A[a-z0-9-]+\z/,
                                  description: 'Name of container and unit, and its name in the network'
property :summary, String, required: true,
                           description: 'What it is for'
property :image, String, required: true,
                         description: 'Image'
property :command, Array, required: true,
                          description: 'Command and arguments in the container'
property :network, String, required: true,
                           description: 'Network of the container'
property :memory, String, required: true, regex: /\A\d+[kmg]\z/,
                          description: 'Memory that it may use at most'
property :publish, Array, default: [],
                          description: 'Ports, as HOST_ADDRESS:PORT:CONTAINER_PORT'
property :volumes, Array, default: [],
                          description: 'Bind mounts, as HOST_PATH:PATH[:ro]'
property :environment, Hash, default: {},
                             description: 'Variables without secrets'
property :environment_files, Array, default: [],
                                    description: 'Files with variables, for the secrets'
property :reads, Array, default: [].freeze,
                        description: 'More files and folders that it reads only at its start: it is restarted when ' \
                                     'they have changed'
property :needs_mount, [String, nil],
         description: 'Mount point without which the service must not run'
property :needs_units, Array, default: [],
                              description: 'More units that are started before it'

action :create, description: 'Create and start the service; a changed one is restarted' do
  # Before the unit is written: what cannot be pulled leaves the container that runs alone.
  jupyterhub_image new_resource.image
  hub_service_unit new_resource.container_name do
    summary new_resource.summary
    dependencies(unit_dependencies)
    settings('ExecStartPre' => before_start, 'ExecStart' => systemd_words(container_command),
             'ExecStop' => "/usr/bin/docker stop --time 30 #{new_resource.container_name}",
             'Restart' => 'always', 'RestartSec' => '2', 'TimeoutStartSec' => '1800')
    reads [*new_resource.environment_files, *new_resource.reads]
  end
end

action_class do
  def unit_dependencies
    found = { 'Requires' => 'docker.service', 'Wants' => ['network-online.target', *new_resource.needs_units].join(' '),
              'After' => ['docker.service', 'network-online.target', *new_resource.needs_units].join(' '),
              'StartLimitIntervalSec' => '0' }
    new_resource.needs_mount ? found.merge('RequiresMountsFor' => new_resource.needs_mount) : found
  end

  def before_start
    # The image is here; only where somebody has deleted it is the registry asked.
    ["-/usr/bin/docker rm --force #{new_resource.container_name}",
     systemd_words(["#{node['hub_node']['program_folder']}/pull-image", new_resource.image])]
  end

  def container_command
    ['/usr/bin/docker', 'run', *options, new_resource.image, *new_resource.command]
  end

  def options
    name = new_resource.container_name
    ['--rm', '--name', name, '--hostname', name, '--network', new_resource.network, '--network-alias', name,
     '--memory', new_resource.memory, '--log-driver', 'none',
     *pairs('--publish', new_resource.publish), *pairs('--volume', new_resource.volumes),
     *pairs('--env', new_resource.environment.map { |variable, value| "#{variable}=#{value}" }),
     *pairs('--env-file', new_resource.environment_files)]
  end

  def pairs(option, values)
    values.flat_map { |value| [option, value] }
  end

  # One line of systemd's command syntax: quoted where needed, and nothing expanded.
  def systemd_words(words)
    words.map do |word|
      plain = word.to_s.gsub('%', '%%').gsub('$', '$$')
      plain.match?(%r{\A[A-Za-z0-9_./:=@,+$%-]+\z}) ? plain : "\"#{plain.gsub(/["\\]/) { |special| "\\#{special}" }}\""
    end.join(' ')
  end
end
