# frozen_string_literal: true

provides :hub_service_unit
unified_mode true
description 'A systemd service of this project, or a timer that runs it, with the settings that all services share.'
examples <<~RUBY
  hub_service_unit 'chef-hub-example' do
    summary 'Say hello every hour'
    settings('Type' => 'oneshot', 'ExecStart' => '/bin/echo hello')
    every '1h'
  end
RUBY

property :unit_name, String, name_property: true, regex: /\A[a-z0-9-]+\z/,
                             description: 'Name of the unit, without `.service`'
property :summary, String, required: %i(create),
                           description: 'What the unit is for, shown by systemctl'
property :settings, Hash, required: %i(create),
                          description: 'Settings of the section [Service]'
property :dependencies, Hash, default: {},
                              description: 'More settings for the section [Unit]'
property :every, [String, nil], regex: /\A\d+(s|min|h|d)\z/,
                                description: 'Run by a timer, this long after the last run ended, such as 10s or 1h; ' \
                                             'otherwise started at boot'
property :calendar, [String, nil], regex: /\A[A-Za-z0-9*,.:~ -]+\z/,
                                   description: "Run by a timer at these times, in systemd's calendar form, such as " \
                                                'weekly'
property :wanted_by, String, default: 'multi-user.target',
                             description: 'Target that starts the unit, unless a timer does'
property :reads, Array, default: [].freeze,
                        description: 'Files and folders that the service reads only at its start: it is restarted ' \
                                     'when they have changed'

action :create, description: 'Write the unit, enable it, and start it (or its timer); a service that runs with an ' \
                             'older version is restarted' do
  service = "#{new_resource.unit_name}.service"
  systemd_unit service do
    content(unit_content)
    verify false # it names units of packages that systemd-analyze cannot see yet
    action :create
  end
  timer? ? write_timer : start(service, new_resource.reads)
end

action :delete, description: 'Stop the service and its timer, and delete both units' do
  %w(timer service).each do |kind|
    systemd_unit "#{new_resource.unit_name}.#{kind}" do
      action %i(stop disable delete)
      only_if { ::File.exist?("/etc/systemd/system/#{new_resource.unit_name}.#{kind}") }
    end
  end
end

action_class do
  def unit_content
    network = 'network-online.target'
    unit = { 'Description' => new_resource.summary, 'Wants' => network, 'After' => network }
    unit.merge!(new_resource.dependencies)
    service = { 'EnvironmentFile' => "-#{node['hub_node']['environment_file']}" }.merge(new_resource.settings)
    sections = { 'Unit' => unit, 'Service' => service }
    sections['Install'] = { 'WantedBy' => new_resource.wanted_by } unless timer?
    sections
  end

  # Restarted here and not by a notification, which a run that ends before it would lose.
  def start(unit, reads = [])
    systemd_unit "start #{unit}" do
      unit_name unit
      action %i(enable start)
    end
    hub_current_service unit do
      reads reads
    end
  end

  def timer?
    raise ArgumentError, 'give either every or calendar, not both' if new_resource.every && new_resource.calendar

    !(new_resource.every || new_resource.calendar).nil?
  end

  def write_timer
    timer = "#{new_resource.unit_name}.timer"
    systemd_unit timer do
      content('Unit' => { 'Description' => "#{new_resource.summary} (timer)" },
              'Timer' => timer_settings, 'Install' => { 'WantedBy' => 'timers.target' })
      verify false
      action :create
    end
    start(timer)
  end

  def timer_settings
    if new_resource.calendar
      return { 'OnCalendar' => new_resource.calendar, 'Persistent' => 'true', 'RandomizedDelaySec' => '1h' }
    end

    { 'OnActiveSec' => '0', 'OnUnitInactiveSec' => new_resource.every, 'AccuracySec' => '1s' }
  end
end
