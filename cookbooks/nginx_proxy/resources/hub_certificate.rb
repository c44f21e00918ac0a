# frozen_string_literal: true

provides :hub_certificate
unified_mode true
description 'Certificate and key of the hub in one folder from which nginx reads (fullchain.pem, privkey.pem): ' \
            'checked copies from any source.'
examples <<~RUBY
  hub_certificate 'notebooks.example.org' do
    source 'acme'
    state_folder '/mnt/chef-hub/acme'
    contact 'operations@example.org'
  end
RUBY

# How often each source is looked at. The operator's files may lie on the shared file system, where no change is told.
EVERY = { 'acme' => '6h', 'files' => '5min', 'self_signed' => '12h' }.freeze
UNITS = { 'acme' => 'chef-hub-certificate', 'files' => 'chef-hub-certificate-copy',
          'self_signed' => 'chef-hub-certificate-copy' }.freeze

property :hostname, String, name_property: true, regex: /\A([a-z0-9-]+\.)+[a-z0-9-]+\z/,
                            description: 'Name that the certificate is for'
property :other_names, Array, default: [].freeze, callbacks: {
  'must hold names, or wildcards such as *.notebooks.example.org' => lambda do |names|
    names.all? { |name| name.match?(/\A(\*\.)?([a-z0-9-]+\.)+[a-z0-9-]+\z/) }
  end,
}, description: 'Other names that it must cover, such as a wildcard'
property :source, String, equal_to: %w(acme files self_signed), required: true,
                          description: 'Where the certificate comes from'
property :folder, String, default: '/etc/nginx/chef-hub', regex: %r{\A(/[A-Za-z0-9_.-]+)+\z},
                          description: 'Folder from which nginx reads it'
property :certificate_file, String, default: '', regex: %r{\A((/[A-Za-z0-9_.-]+)+)?\z},
                                    description: 'Given PEM chain (files)'
property :key_file, String, default: '', regex: %r{\A((/[A-Za-z0-9_.-]+)+)?\z},
                            description: 'Given PEM key (files)'
property :state_folder, String, default: '', regex: %r{\A((/[A-Za-z0-9_.-]+)+)?\z},
                                description: "The ACME client's state, on the shared file system (acme)"
property :webroot, String, default: '/var/lib/chef-hub/acme-webroot', regex: %r{\A(/[A-Za-z0-9_.-]+)+\z},
                           description: 'Folder for the answers to challenges (acme)'
property :contact, String, default: '', regex: /\A[^\s"\\%$]*\z/,
                           description: 'E-mail address for the authority; none when empty (acme)'
property :directory_url, String, default: '', regex: %r{\A(https://[^\s"\\%$]+)?\z},
                                 description: "ACME directory; the client's own default when empty (acme)"

action :create,
       description: 'Put a certificate into the folder, and keep it up to date with a timer. A pair whose chain, ' \
                    'key, names or dates are wrong is refused, and the previous one stays' do
  directory new_resource.folder do
    owner 'root'
    group 'root'
    mode '0700'
    recursive true
  end
  hub_program 'renew-certificate' do
    from_cookbook 'nginx_proxy'
  end
  prepare_acme if new_resource.source == 'acme'
  # First, so that the source from before writes no more.
  hub_service_unit(UNITS.fetch(new_resource.source == 'acme' ? 'files' : 'acme')) { action :delete }
  take
  hub_forgotten_backups "#{new_resource.folder}/privkey.pem"
  keep_up_to_date
end

action_class do
  include ChefHub::Commands

  def program
    "#{node['hub_node']['program_folder']}/renew-certificate"
  end

  # Within this run, so that nginx has a certificate when it starts, and a mistake ends the run.
  def take
    return if up_to_date?

    converge_by("have nginx's certificate of #{new_resource.hostname} from #{new_resource.source}") do
      command(program, '--converge', environment: variables, seconds: 120)
    end
  end

  def up_to_date?
    command(program, '--check', environment: variables, seconds: 120)
    true
  rescue ChefHub::Commands::CommandFailed
    false
  end

  def prepare_acme
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
  end

  def keep_up_to_date
    words = variables.map { |name, value| "\"#{name}=#{value}\"" }.join(' ')
    hub_service_unit UNITS.fetch(new_resource.source) do
      summary "Have nginx's certificate of #{new_resource.hostname} issued, copied or renewed"
      dependencies('After' => 'network-online.target remote-fs.target nginx.service')
      settings('Type' => 'oneshot', 'TimeoutStartSec' => '900', 'Environment' => words, 'ExecStart' => program)
      every EVERY.fetch(new_resource.source)
    end
  end

  def variables
    { 'CERTIFICATE_SOURCE' => new_resource.source, 'CERTIFICATE_FOLDER' => new_resource.folder,
      'CERTIFICATE_NAMES' => [new_resource.hostname, *new_resource.other_names].join(' ') }.merge(settings_of_source)
  end

  def settings_of_source
    case new_resource.source
    when 'acme'
      { 'ACME_STATE' => new_resource.state_folder, 'ACME_WEBROOT' => new_resource.webroot,
        'ACME_CONTACT' => new_resource.contact, 'ACME_DIRECTORY' => new_resource.directory_url }
    when 'files' then { 'CERTIFICATE_FILE' => new_resource.certificate_file, 'KEY_FILE' => new_resource.key_file }
    else {}
    end
  end
end
