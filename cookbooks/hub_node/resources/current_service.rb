# frozen_string_literal: true

provides :hub_current_service
unified_mode true
description 'Keeps a running systemd unit up to date: restarts (or reloads) it when files that it reads only at its ' \
            'start have changed since, whichever run changed them.'
examples <<~RUBY
  hub_current_service 'nginx.service' do
    reads ['/etc/nginx/conf.d/chef-hub.conf']
    by 'reload_or_restart'
    check %w(nginx -t -q)
  end
RUBY

property :unit, String, name_property: true, regex: /\A[A-Za-z0-9@\\_.-]+\.(service|timer|mount)\z/,
                        description: 'Name of the unit, with its type'
property :reads, Array, default: [].freeze, callbacks: {
  'must hold absolute paths' => ->(paths) { paths.all? { |path| path.match?(%r{\A/\S+\z}) } },
}, description: "Files and folders that it reads only at its start, besides the unit's own file"
property :by, String, equal_to: %w(restart reload_or_restart), default: 'restart',
                      description: 'How the unit is made to read them again'
property :check, Array, default: [].freeze,
                        description: 'Command that must succeed before that, such as one that checks the files'

action :apply, description: 'Let a running unit read what has changed; a stopped unit is left alone' do
  state = unit_state(new_resource.unit)
  read_unit(state)
  bring_up_to_date(state) if state['ActiveState'] == 'active'
end

action :load, description: "Only let systemd read the unit's changed file; the running unit goes on unchanged" do
  read_unit(unit_state(new_resource.unit))
end

action_class do
  include ChefHub::Commands
  include ChefHub::RunningUnit

  def read_unit(state)
    return unless state['NeedDaemonReload'] == 'yes'

    converge_by("have systemd read #{new_resource.unit} anew") { command('systemctl', 'daemon-reload') }
  end

  def bring_up_to_date(state)
    paths = inputs(new_resource.unit, new_resource.reads)
    digest = digest_of(paths)
    unless recorded(new_resource.unit) == digest || started_since?(state, paths)
      converge_by("#{new_resource.by.tr('_', ' ')} #{new_resource.unit}, which runs with something older") do
        command(*new_resource.check) unless new_resource.check.empty?
        command('systemctl', new_resource.by.tr('_', '-'), new_resource.unit, seconds: 2000)
      end
    end
    # Only what has succeeded is in force; what is written meanwhile has another digest.
    record(new_resource.unit, digest) unless whyrun_mode? || recorded(new_resource.unit) == digest
  end
end
