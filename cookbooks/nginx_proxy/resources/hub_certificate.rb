# frozen_string_literal: true

provides :hub_certificate
unified_mode true
description 'Certificate and key of the hub at fixed paths (fullchain.pem, privkey.pem), wherever they come ' \
            'from.'
examples <<~RUBY
  hub_certificate 'notebooks.example.org' do
    source 'acme'
    state_folder '/mnt/chef-hub/acme'
    contact 'operations@example.org'
  end
RUBY

property :hostname, String, name_property: true, regex: /\A([a-z0-9-]+\.)+[a-z0-9-]+\z/,
                            description: 'Name that the certificate is for'
property :source, String, equal_to: %w(acme files self_signed), required: true,
                          description: 'Where the certificate comes from'
property :folder, String, default: '/etc/nginx/chef-hub',
                          description: 'Folder from which nginx reads it'
property :certificate_file, String, default: '',
                                    description: 'Given PEM chain (files)'
property :key_file, String, default: '',
                            description: 'Given PEM key (files)'
property :state_folder, String, default: '',
                                description: "The ACME client's state, on the shared file system (acme)"
property :webroot, String, default: '/var/lib/chef-hub/acme-webroot',
                           description: 'Folder for the answers to challenges (acme)'
property :contact, String, default: '',
                           description: 'E-mail address for the authority; none when empty (acme)'
property :directory_url, String, default: '',
                                 description: "ACME directory; the client's own default when empty (acme)"

action :create,
       description: 'Have a certificate at the fixed paths; given or issued ones replace the first, self-signed one' do
  directory new_resource.folder do
    owner 'root'
    group 'root'
    mode '0700'
    recursive true
  end
  new_resource.source == 'files' ? use_files : sign_itself
  renew_by_acme if new_resource.source == 'acme'
end

action_class do
  def chain
    "#{new_resource.folder}/fullchain.pem"
  end

  def key
    "#{new_resource.folder}/privkey.pem"
  end

  def use_files
    { chain => new_resource.certificate_file, key => new_resource.key_file }.each do |path, given|
      ruby_block "check #{given}" do
        block { raise "#{given} is missing: put the PEM file there, or set chef_hub.tls.source otherwise" }
        not_if { ::File.size?(given) }
      end
      link path do
        to given
      end
    end
  end

  # For ACME too: nginx must answer the challenge before there is a certificate.
  def sign_itself
    openssl_x509_certificate chain do
      common_name new_resource.hostname
      subject_alt_name ["DNS:#{new_resource.hostname}"]
      expire 365
      renew_before_expiry 30 if new_resource.source == 'self_signed'
      key_file key
      key_length 2048
      owner 'root'
      group 'root'
      mode '0600'
      not_if { new_resource.source == 'acme' && ::File.exist?(chain) }
    end
  end

  def renew_by_acme
    hub_package_set 'ACME client' do
      packages %w(certbot)
    end
    [new_resource.state_folder, new_resource.webroot].each do |path|
      directory path do
        owner 'root'
        group 'root'
        mode path == new_resource.webroot ? '0755' : '0700'
        recursive true
      end
    end
    hub_program 'renew-certificate' do
      from_cookbook 'nginx_proxy'
    end
    hub_service_unit 'chef-hub-certificate' do
      summary "Have the certificate of #{new_resource.hostname} issued or renewed"
      dependencies('After' => 'network-online.target nginx.service')
      settings('Type' => 'oneshot', 'TimeoutStartSec' => '900', 'Environment' => acme_settings,
               'ExecStart' => "#{node['hub_node']['program_folder']}/renew-certificate")
      every '6h'
    end
  end

  def acme_settings
    { 'HUB_HOSTNAME' => new_resource.hostname, 'ACME_STATE' => new_resource.state_folder,
      'ACME_WEBROOT' => new_resource.webroot, 'ACME_CONTACT' => new_resource.contact,
      'ACME_DIRECTORY' => new_resource.directory_url, 'CERTIFICATE_FOLDER' => new_resource.folder }
      .map { |name, value| "\"#{name}=#{value}\"" }.join(' ')
  end
end
