# frozen_string_literal: true

require 'json'
require 'securerandom'

provides :jupyterhub_secrets
unified_mode true
description "The hub's secrets as a file for `docker run --env-file`: some made here once, some read from SSM."
examples <<~RUBY
  jupyterhub_secrets '/etc/jupyterhub/secrets.env' do
    region 'us-east-1'
    generated %w(JPY_COOKIE_SECRET)
    parameters('CHEF_HUB_OAUTH_CLIENT_SECRET' => '/chef-hub/hub/login/client-secret')
  end
RUBY

property :path, String, name_property: true,
                        description: 'The file, readable for root only'
property :region, String, required: true,
                          description: 'AWS region of the parameters'
property :generated, Array, default: [],
                            description: 'Variables whose values are made at random when they are not in the file yet'
property :parameters, Hash, default: {},
                            description: 'Variables as name => SSM parameter (SecureString)'

action :create, description: 'Write the file; values that were made at random stay what they are' do
  secrets = from_parameters.merge(kept_or_made)
  file new_resource.path do
    content(secrets.sort.map { |name, value| "#{name}=#{value}\n" }.join)
    owner 'root'
    group 'root'
    mode '0600'
    sensitive true
  end
end

action_class do
  def from_parameters
    values = new_resource.parameters.transform_values { |parameter| read_parameter(parameter) }
    missing = new_resource.parameters.values_at(*values.select { |_, value| value.nil? }.keys)
    unless missing.empty?
      raise "the login needs these SSM parameters, which do not exist: #{missing.join(', ')}. " \
            'Put each as a SecureString, then converge again.'
    end
    values
  end

  def read_parameter(name)
    result = shell_out('aws', '--region', new_resource.region, 'ssm', 'get-parameter', '--name', name,
                       '--with-decryption', '--output', 'json', timeout: 60)
    unless result.exitstatus.zero?
      return nil if result.stderr.include?('ParameterNotFound')

      raise "cannot read the SSM parameter #{name}: #{result.stderr.strip}"
    end
    value = value_in(result.stdout, name)
    raise "the SSM parameter #{name} is empty or holds a line break" if value.to_s.match?(/\A\z|\R/)

    value
  end

  # The parser's own message would hold what it read, the secret; Chef logs causes too.
  def value_in(answer, name)
    JSON.parse(answer).dig('Parameter', 'Value')
  rescue JSON::ParserError
    raise "cannot read the SSM parameter #{name}: the AWS CLI gave no JSON", cause: nil
  end

  def kept_or_made
    there = ::File.exist?(new_resource.path) ? ::File.readlines(new_resource.path, chomp: true) : []
    kept = there.to_h { |line| line.split('=', 2) }.slice(*new_resource.generated)
    new_resource.generated.to_h { |name| [name, kept[name] || SecureRandom.hex(32)] }
  end
end
