# frozen_string_literal: true

# Everything that an instance needs but what the stack tells it: that comes at the first boot, and the unit
# jupyterhub-lab-prepare turns it into what proxy, tunnel and hub read. So this runs when the image is built.
lab = ChefHub::LabImage
home = lab::HOME

# With the packet filter, which the first unit that is started needs.
hub_package_set 'tools of a Lab instance' do
  packages ['iptables', 'jq', *node['nfs_client']['packages']].uniq
end

directory home do
  mode '0755'
  recursive true
end

file "#{home}/image.json" do
  content "#{JSON.pretty_generate(lab.document(node['jupyterhub_lab']))}\n"
  mode '0644'
end

directory "#{home}/programs" do
  mode '0755'
end

cookbook_file "#{home}/programs/close-containers" do
  source 'close-containers'
  owner 'root'
  group 'root'
  mode '0755'
end

execute 'read the units of the hub' do
  command %w(systemctl daemon-reload)
  action :nothing
end

lab::UNITS.each do |unit|
  cookbook_file "/etc/systemd/system/#{unit}.service" do
    source "#{unit}.service"
    owner 'root'
    group 'root'
    mode '0644'
    notifies :run, 'execute[read the units of the hub]', :immediately
  end
end

# Before there is an engine: no container runs a moment without the rules.
systemd_unit 'jupyterhub-lab-firewall.service' do
  action %i(enable start)
end

docker_metadata_block 'containers' do
  addresses node['docker']['metadata_addresses'].to_a
end

# Updates of Docker restart it: users go on working meanwhile.
docker_engine 'default' do
  package_name node['docker']['package']
  repository node['docker']['repository'].to_h
  daemon node['docker']['daemon'].to_h
  live_restore true
end

hub_common_code "#{home}/hub" do
  from_cookbook 'jupyterhub_lab'
  package 'lab_hub'
end

directory ::File.dirname(lab::OPERATOR_FILES) do
  mode '0755'
end

# They may hold secrets.
remote_directory lab::OPERATOR_FILES do
  source 'jupyterhub_config.d'
  owner 'root'
  group 'root'
  mode '0700'
  files_mode '0600'
  purge true
end

# Earlier releases kept there what both hubs share.
directory "#{home}/shared" do
  recursive true
  action :delete
end

directory lab::HOMES do
  mode '0711'
  recursive true
  # On an instance that runs, the root of the file system is what is seen there.
  not_if { ::File.exist?('/run/lab-hub/efs.conf') }
end

template "#{home}/efs.conf.in" do
  source 'stunnel.conf.erb'
  cookbook 'nfs_client'
  mode '0644'
  variables(port: node['nfs_client']['tunnel_port'], name: lab::FILE_SYSTEM_NAME, address: lab::FILE_SYSTEM_NAME,
            certificate_authorities: node['nfs_client']['certificate_authorities'])
end

systemd_unit lab::HOMES_UNIT do
  content(lab.mount_unit(node['nfs_client']))
  verify false # it names units that systemd-analyze may not see yet
  action :create
end

cookbook_file '/usr/lib/sysusers.d/jupyterhub-lab-proxy.conf' do
  source 'jupyterhub-lab-proxy.sysusers'
  owner 'root'
  group 'root'
  mode '0644'
end

execute 'make the user of the proxy' do
  command %w(systemd-sysusers jupyterhub-lab-proxy.conf)
  not_if { ::File.foreach('/etc/passwd').any? { |line| line.start_with?('jupyterhub-lab-proxy:') } }
end

# Enabled, but not started: without /etc/jupyterhub-lab/instance.json they would do nothing.
%w(jupyterhub-lab-proxy.service jupyterhub-lab.service).each do |unit|
  systemd_unit unit do
    action :enable
  end
end

# On an instance that runs: what reads something else now is restarted. In an image nothing runs but the firewall.
lab::READS.each do |unit, files|
  hub_current_service "#{unit}.service" do
    reads files
  end
end
