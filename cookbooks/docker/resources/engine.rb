# frozen_string_literal: true

require 'json'

provides :docker_engine
unified_mode true
description 'Docker Engine: package, daemon.json, running service. `live_restore` decides whether containers end ' \
            'with it.'
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
                                       description: 'Keep containers running while the daemon is down, as during its ' \
                                                    'updates; Swarm refuses it'
property :version, String, default: '', regex: /\A[A-Za-z0-9.+:~-]*\z/,
                           description: "The package's version as apt names it; empty keeps what is installed"

# Packages whose update restarts the daemon, or what containers run by.
ENGINE_PACKAGES = %w(docker.io docker-ce docker-ce-cli containerd containerd.io runc).freeze

action :install,
       description: 'Install, configure and start Docker, and exclude it from automatic updates; it is restarted ' \
                    'only for changed settings or another version, and not while notebook servers run' do
  apt_repository 'docker' do
    uri new_resource.repository['uri']
    key new_resource.repository['key'] if new_resource.repository['key']
    distribution new_resource.repository['distribution'] if new_resource.repository['distribution']
    components new_resource.repository['components'].to_a if new_resource.repository['components']
    only_if { new_resource.repository['uri'] }
  end

  keep_automatic_updates_away

  hub_program 'settle-engine' do
    from_cookbook 'docker'
  end
  execute 'settle Docker' do
    command settling
    environment('CHEF_HUB_ENGINE_NOW' => 'yes') if new_resource.live_restore # it ends nothing
    timeout 1800
    action :nothing
    only_if { engine? }
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
    verify { |path| sound?(path) }
    notifies :run, 'execute[settle Docker]', :immediately
  end

  end_containers_with_the_daemon unless new_resource.live_restore

  hub_package_set 'Docker' do
    packages [new_resource.package_name]
  end
  hold_the_engine

  systemd_unit 'docker.service' do
    action %i(enable start)
  end
end

action_class do
  # The package's place differs: Debian has it in /usr/sbin.
  def engine
    %w(/usr/bin/dockerd /usr/sbin/dockerd).find { |path| ::File.exist?(path) }
  end

  def engine?
    !engine.nil?
  end

  def settling
    version = new_resource.version.empty? ? '-' : new_resource.version
    ["#{node['hub_node']['program_folder']}/settle-engine", new_resource.package_name, version]
  end

  # Does Docker take these settings? Older ones than 23.0 cannot be asked.
  def sound?(path)
    return true unless engine?

    asked = shell_out(engine, '--validate', '--config-file', path, timeout: 60)
    said = "#{asked.stdout}#{asked.stderr}".strip
    return true if asked.exitstatus.zero? || said.include?('unknown flag')

    raise "Docker refuses the settings of node['docker']['daemon'], so /etc/docker/daemon.json stays as it is: #{said}"
  end

  # Neither unattended-upgrades nor needrestart touches what containers run by: that would end them at any hour.
  def keep_automatic_updates_away
    directory '/etc/needrestart/conf.d' do
      mode '0755'
      recursive true
    end
    file '/etc/apt/apt.conf.d/52chef-hub-engine' do
      names = ENGINE_PACKAGES.map { |name| "  \"^#{name.gsub('.', '[.]')}$\";" }
      content "// Written by Chef: these change through `docker.version`, when nobody works here.\n" \
              "Unattended-Upgrade::Package-Blacklist {\n#{names.join("\n")}\n};\n"
      mode '0644'
    end
    file '/etc/needrestart/conf.d/chef-hub-engine.conf' do
      content "# Written by Chef: a restart would end the containers.\n" \
              "$nrconf{override_rc}->{qr(^(docker|containerd))} = 0;\n"
      mode '0644'
    end
  end

  # Somebody's `apt-get upgrade` leaves them alone, too.
  def hold_the_engine
    free = unheld
    execute 'hold the packages of Docker' do
      command ['apt-mark', 'hold', *free]
      not_if { free.empty? }
    end
  end

  # Installed packages of the engine that apt may change by itself.
  def unheld
    return [] unless ::File.exist?('/var/lib/dpkg/status')

    ::File.read('/var/lib/dpkg/status').split("\n\n").filter_map do |entry|
      name = entry[/^Package: (\S+)$/, 1]
      name if ENGINE_PACKAGES.include?(name) && entry.match?(/^Status: install ok installed$/)
    end
  end

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
