# frozen_string_literal: true

# Where the unit looks for the package. The environment of Python with boto3 beside it comes with the image.
agent = '/usr/local/lib/jupyterhub-lab/agent'

directory agent do
  owner 'root'
  group 'root'
  mode '0755'
  recursive true
end

remote_directory "#{agent}/session_agent" do
  source 'session_agent'
  owner 'root'
  group 'root'
  mode '0755'
  files_mode '0644'
  purge true
end

cookbook_file '/usr/lib/sysusers.d/session-agent.conf' do
  source 'session-agent.sysusers'
  owner 'root'
  group 'root'
  mode '0644'
end

# Not by notification: a run that ended in between must not leave the agent without its user.
execute 'make the user of the session agent' do
  command %w(systemd-sysusers session-agent.conf)
  not_if { ::File.foreach('/etc/passwd').any? { |line| line.start_with?('session-agent:') } }
end

execute 'read the units of the session agent' do
  command %w(systemctl daemon-reload)
  action :nothing
end

%w(session-agent.service session-agent.timer).each do |unit|
  cookbook_file "/etc/systemd/system/#{unit}" do
    source unit
    owner 'root'
    group 'root'
    mode '0644'
    notifies :run, 'execute[read the units of the session agent]', :immediately
  end
end

# The timer runs the service. Without /etc/jupyterhub-lab/instance.json, as in an image, the service does nothing.
systemd_unit 'session-agent.timer' do
  action %i(enable start)
end

# A run that ended before it told systemd of a changed unit is caught up. The service reads its code at each run.
hub_current_service 'session-agent.service' do
  action :load
end

hub_current_service 'session-agent.timer'
