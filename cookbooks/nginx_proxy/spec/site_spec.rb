# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'nginx_hub_site' do
  let(:path) { '/etc/nginx/conf.d/chef-hub.conf' }
  let(:run) { HubSpec.converge('nginx_proxy', step_into: %w(nginx_hub_site hub_package_set)) }

  it 'terminates TLS, insists on it, and sends HTTP there' do
    expect(run).to render_file(path)
      .with_content('ssl_protocols TLSv1.2 TLSv1.3;').with_content('ssl_session_tickets off;')
      .with_content('add_header Strict-Transport-Security "max-age=31536000" always;')
      .with_content('return 301 https://notebooks.example.org$request_uri;')
      .with_content('ssl_certificate /etc/nginx/chef-hub/fullchain.pem;')
  end

  it 'lets websockets and big uploads through, for as long as a kernel is silent' do
    expect(run).to render_file(path)
      .with_content('proxy_set_header Upgrade $http_upgrade;')
      .with_content('proxy_set_header Connection $chef_hub_connection;')
      .with_content('client_max_body_size 1g;').with_content('proxy_read_timeout 86400s;')
      .with_content('server 127.0.0.1:8000;')
  end

  it "answers the names below the hub's only where the certificate covers them" do
    expect(run).to render_file(path).with_content("  server_name notebooks.example.org;\n")
    contract = HubSpec.contract
    contract['tls'] = { 'source' => 'self_signed' }
    covered = HubSpec.converge('nginx_proxy', contract: contract, step_into: %w(nginx_hub_site hub_package_set))
    expect(covered).to render_file(path)
      .with_content("  server_name notebooks.example.org *.notebooks.example.org;\n")
  end

  it 'answers ACME challenges over HTTP' do
    expect(run).to render_file(path).with_content('root /var/lib/chef-hub/acme-webroot;')
  end

  it 'checks a changed configuration before nginx reloads it, whichever run has changed it' do
    expect(run).to apply_hub_current_service('nginx.service')
      .with(reads: include(path), by: 'reload_or_restart', check: %w(nginx -t -q))
  end

  it "is the host's only site, and runs at boot" do
    expect(run).to install_package('nginx')
    expect(run).to delete_file('/etc/nginx/sites-enabled/default')
    expect(run).to enable_systemd_unit('nginx.service')
    expect(run).to start_systemd_unit('nginx.service')
  end
end
