# frozen_string_literal: true

include_recipe 'hub_node'

hub = node['chef_hub']
nginx = node['nginx_proxy']

# While the recipes are compiled: what cannot be served is told before any resource acts.
ChefHub::UserDomains.check!(hub)

hub_package_set 'reverse proxy' do
  packages %w(nginx)
end

hub_certificate hub['hub_hostname'] do
  other_names ChefHub::UserDomains.wildcards(hub)
  source hub['tls']['source']
  folder nginx['certificate_folder']
  certificate_file hub['tls']['certificate_file']
  key_file hub['tls']['key_file']
  state_folder "#{hub['efs']['mount_point']}/#{nginx['acme_folder']}"
  webroot nginx['webroot']
  contact hub['tls']['acme_contact']
  directory_url hub['tls']['acme_directory']
end

nginx_hub_site hub['hub_hostname'] do
  server_names ChefHub::UserDomains.server_names(hub)
  upstream nginx['upstream']
  certificate_folder nginx['certificate_folder']
  webroot nginx['webroot']
  body_size nginx['body_size']
  read_timeout nginx['read_timeout']
  connect_timeout nginx['connect_timeout']
  hsts_seconds nginx['hsts_seconds']
end
