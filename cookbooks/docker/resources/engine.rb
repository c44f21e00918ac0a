# frozen_string_literal: true

require 'json'

provides :docker_engine
unified_mode true
description 'Docker Engine: package, daemon.json, running service. Whether containers end with it can be chosen.'
examples <<~RUBY
  docker_engine 'default' do
    daemon('log-driver' => 'journald')
    labels('chef-hub.node' => node.name)
  end
RUBY

property :instance_name, String, name_property: true,
                                 description: 'Any name'
property :package_name, String, equal_to: %w(docker.io docker-ce), default: 'docker.io',
                                description: "The distribution's package or Docker's own"
property :repository, Hash, default: {},
                            description: 'apt repository for docker-ce: uri, key, distribution, components'
property :daemon, Hash, default: {},
                        description: 'Settings of /etc/docker/daemon.json',
                        callbacks: {
                          'must hold live-restore as the property live_restore' => lambda do |daemon|
                            !daemon.key?('live-restore')
                          end,
                          'must hold labels as the property labels' => ->(daemon) { !daemon.key?('labels') },
                        }
property :labels, Hash, default: {},
                        description: 'Labels of the engine, as name => value'
property :live_restore, [true, false], default: false,
                                       description: 'Let containers live on while the daemon is away, as at its ' \
                                                    'updates; Swarm refuses it'

action :install, description: 'Install, configure and start Docker; it is restarted only when its settings changed' do
  apt_repository 'docker' do
    uri new_resource.repository['uri']
    key new_resource.repository['key'] if new_resource.repository['key']
    distribution new_resource.repository['distribution'] if new_resource.repository['distribution']
    components new_resource.repository['components'].to_a if new_resource.repository['components']
    only_if { new_resource.repository['uri'] }
  end

  systemd_unit 'restart docker.service' do
    unit_name 'docker.service'
    action :nothing
    only_if { ::File.exist?('/usr/bin/dockerd') }
  end

  # The settings come first, so that the package's first start has them.
  directory '/etc/docker' do
    mode '0755'
  end
  file '/etc/docker/daemon.json' do
    content "#{JSON.pretty_generate(daemon_settings)}\n"
    owner 'root'
    group 'root'
    mode '0644'
    notifies :restart, 'systemd_unit[restart docker.service]', :immediately
  end

  end_containers_with_the_daemon unless new_resource.live_restore

  hub_package_set 'Docker' do
    packages [new_resource.package_name]
  end

  systemd_unit 'docker.service' do
    action %i(enable start)
  end
end

action_class do
  def end_containers_with_the_daemon
    hub_program 'end-containers' do
      from_cookbook 'docker'
    end
    execute "read docker.service's settings" do
      command %w(systemctl daemon-reload)
      action :nothing
    end
    directory '/etc/systemd/system/docker.service.d' do
      mode '0755'
    end
    file '/etc/systemd/system/docker.service.d/end-containers.conf' do
      content "# Written by Chef.\n[Service]\nExecStopPost=-#{node['hub_node']['program_folder']}/end-containers\n"
      mode '0644'
      notifies :run, "execute[read docker.service's settings]", :immediately
    end
  end

  def daemon_settings
    labels = new_resource.labels.map { |name, value| "#{name}=#{value}" }.sort
    settings = labels.empty? ? new_resource.daemon : new_resource.daemon.merge('labels' => labels)
    new_resource.live_restore ? settings.merge('live-restore' => true) : settings
  end
end
