# frozen_string_literal: true

provides :hub_current_service
unified_mode true
description 'A systemd unit that runs with what is written: it is restarted (or reloaded) when what it reads only at ' \
            'its start has changed since, whichever run changed it.'
examples <<~RUBY
  hub_current_service 'nginx.service' do
    reads ['/etc/nginx/conf.d/chef-hub.conf']
    by 'reload_or_restart'
    check %w(nginx -t -q)
  end
RUBY

property :unit, String, name_property: true, regex: /\A[A-Za-z0-9@\\_.-]+\.(service|timer|mount)\z/,
                        description: 'Name of the unit, with its kind'
property :reads, Array, default: [].freeze, callbacks: {
  'must hold absolute paths' => ->(paths) { paths.all? { |path| path.match?(%r{\A/\S+\z}) } },
}, description: "Files and folders that it reads only at its start, besides the unit's own file"
property :by, String, equal_to: %w(restart reload_or_restart), default: 'restart',
                      description: 'How it comes to read them anew'
property :check, Array, default: [].freeze,
                        description: 'Command that must succeed before that, such as one that checks the files'

action :apply, description: 'Have a running unit read what has changed; one that does not run is left alone' do
  state = unit_state(new_resource.unit)
  read_unit(state)
  bring_up_to_date(state) if state['ActiveState'] == 'active'
end

action :load, description: "Have systemd read the unit's changed file only; what runs goes on as it is" do
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
