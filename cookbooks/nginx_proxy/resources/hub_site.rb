# frozen_string_literal: true

provides :nginx_hub_site
unified_mode true
description 'nginx as the only site of this host, in front of the hub: TLS, redirect, websockets, limits.'
examples <<~RUBY
  nginx_hub_site 'notebooks.example.org' do
    server_names 'notebooks.example.org *.notebooks.example.org'
    upstream '127.0.0.1:8000'
    body_size '4g'
  end
RUBY

property :hostname, String, name_property: true, regex: /\A([a-z0-9-]+\.)+[a-z0-9-]+\z/,
                            description: 'Name under which users reach the hub'
property :server_names, String, required: true, regex: /\A[a-z0-9*. -]+\z/,
                                description: 'All names that the site answers, with spaces between them'
property :upstream, String, default: '127.0.0.1:8000', regex: /\A[A-Za-z0-9.-]+:\d{1,5}\z/,
                            description: "Address of the hub's proxy"
property :certificate_folder, String, default: '/etc/nginx/chef-hub', regex: %r{\A(/[A-Za-z0-9_.-]+)+\z},
                                      description: 'Folder with fullchain.pem and privkey.pem'
property :webroot, String, default: '/var/lib/chef-hub/acme-webroot', regex: %r{\A(/[A-Za-z0-9_.-]+)+\z},
                           description: 'Folder from which ACME challenges are answered'
property :body_size, String, default: '1g', regex: /\A\d+[kmg]?\z/,
                             description: "Largest upload, in nginx's format; 0 means any size"
property :read_timeout, Integer, default: 86_400,
                                 callbacks: { 'must be positive' => ->(seconds) { seconds.positive? } },
                                 description: 'Seconds without data until a connection ends'
property :connect_timeout, Integer, default: 10,
                                    callbacks: { 'must be positive' => ->(seconds) { seconds.positive? } },
                                    description: 'Seconds that connecting to the hub may take'
property :hsts_seconds, Integer, default: 31_536_000,
                                 callbacks: { 'must not be negative' => ->(seconds) { !seconds.negative? } },
                                 description: 'Seconds that browsers insist on HTTPS'

action :create,
       description: 'Configure and start nginx; a change is checked, then loaded without cutting connections' do
  directory '/etc/nginx/conf.d' do
    mode '0755'
    recursive true
  end
  file '/etc/nginx/sites-enabled/default' do
    action :delete
    manage_symlink_source false
  end
  template '/etc/nginx/conf.d/chef-hub.conf' do
    source 'hub-site.conf.erb'
    cookbook 'nginx_proxy'
    mode '0644'
    variables(site: new_resource)
  end
  systemd_unit 'nginx.service' do
    action %i(enable start)
  end
  # Here and not by a notification, which a run that ends before it would lose.
  hub_current_service 'nginx.service' do
    reads ['/etc/nginx/conf.d/chef-hub.conf', '/etc/nginx/sites-enabled/default']
    by 'reload_or_restart'
    check %w(nginx -t -q)
  end
end
