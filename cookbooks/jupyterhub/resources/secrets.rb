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
    optional('CHEF_HUB_DATABASE_URL' => '/chef-hub/hub/database-url')
    checks('CHEF_HUB_DATABASE_URL' => %w(/usr/local/lib/chef-hub/check-database))
    excerpts('/etc/jupyterhub/proxy.env' => %w(CONFIGPROXY_AUTH_TOKEN))
  end
RUBY

property :path, String, name_property: true, regex: %r{\A(/[A-Za-z0-9_.-]+)+\z},
                        description: 'The file, readable for root only'
property :region, String, required: true, regex: /\A[a-z]{2,4}(-[a-z]+)+-\d{1,2}\z/,
                          description: 'AWS region of the parameters'
property :generated, Array, default: [], callbacks: {
  'must hold names of variables' => ->(names) { names.all? { |name| name.match?(/\A[A-Z][A-Z0-9_]*\z/) } },
}, description: 'Variables that get random values if they are not in the file yet'
property :parameters, Hash, default: {}, callbacks: {
  'must be variables and names of SSM parameters' => lambda do |given|
    given.all? { |name, parameter| name.match?(/\A[A-Z][A-Z0-9_]*\z/) && parameter.match?(%r{\A(/[A-Za-z0-9_.-]+)+\z}) }
  end,
}, description: 'Variables as name => SSM parameter (SecureString)'
property :optional, Hash, default: {}, callbacks: {
  'must be variables and names of SSM parameters' => lambda do |given|
    given.all? { |name, from| name.match?(/\A[A-Z][A-Z0-9_]*\z/) && from.match?(%r{\A(/[A-Za-z0-9_.-]+)+\z}) }
  end,
}, description: 'The same for parameters that may be missing: the variable is then empty'
property :checks, Hash, default: {},
                        description: 'Variables as name => command that gets a new value on standard input, and ' \
                                     'fails if it cannot be used'
property :shortest, Hash, default: {},
                          description: 'Variables as name => shortest length of the value, in characters'
property :excerpts, Hash, default: {},
                          description: 'More files as path => variables, for programs that need only some of them'

action :create, description: 'Check all secrets, then write the files; random values stay the same once they are ' \
                             'made' do
  secrets = from_parameters.merge(kept_or_made)
  try_new(secrets) unless whyrun_mode?
  files = { new_resource.path => secrets.keys }.merge(new_resource.excerpts)
  files.each do |path, names|
    file path do
      content(secrets.slice(*names).sort.map { |name, value| "#{name}=#{value}\n" }.join)
      owner 'root'
      group 'root'
      mode '0600'
      sensitive true
      backup false
    end
    hub_forgotten_backups path
  end
end

action_class do
  include ChefHub::Commands

  # All of them, or an error that names every one that lacks; nothing is written before.
  def from_parameters
    mistakes = []
    values = new_resource.parameters.to_h { |name, parameter| [name, value_of(name, parameter, mistakes)] }
    new_resource.optional.each { |name, parameter| values[name] = optional_value_of(name, parameter, mistakes) }
    raise explain(mistakes) unless mistakes.empty?

    values
  end

  def explain(mistakes)
    "the hub's secrets are not complete, nothing of the hub was changed:\n" \
      "#{mistakes.map { |mistake| "  - #{mistake}" }.join("\n")}\n" \
      'Put each as a SecureString, then converge again.'
  end

  # What is in use is tried no more: its server may be away for a while.
  def try_new(secrets)
    new_resource.checks.each do |name, words|
      value = secrets.fetch(name, '')
      next if value.empty? || value == there[name]

      begin
        command(*words, input: value, seconds: 300)
      rescue ChefHub::Commands::CommandFailed => e
        raise "#{name} cannot be put to use, nothing of the hub was changed: #{e.message}", cause: nil
      end
    end
  end

  def value_of(name, parameter, mistakes)
    value = read_or_kept(name, parameter)
    mistake = mistake_in(value, new_resource.shortest.fetch(name, 1))
    mistakes << "the SSM parameter #{parameter} #{mistake}" if mistake
    value
  end

  # Empty where there is no such parameter. One that was in use does not just go away: what it leads to is not here.
  def optional_value_of(name, parameter, mistakes)
    in_use = there.fetch(name, '')
    value = read_or_kept(name, parameter)
    return value if value && value == in_use
    return value_of_new(parameter, value, mistakes) if value || in_use.empty?

    mistakes << "the SSM parameter #{parameter} does not exist any more, but is in use: put it back, or first take " \
                "the line #{name} out of #{new_resource.path}"
    in_use
  end

  def value_of_new(parameter, value, mistakes)
    mistake = value && mistake_in(value, 1)
    mistakes << "the SSM parameter #{parameter} #{mistake}" if mistake
    value.to_s
  end

  def read_or_kept(name, parameter)
    read_parameter(parameter)
  rescue ChefHub::Commands::CommandFailed => e
    # A hub that has what it needs does not wait for AWS.
    raise "cannot read the SSM parameter #{parameter}: #{e.message}" if e.refused? || !there.key?(name)

    Chef::Log.warn("cannot read the SSM parameter #{parameter}, #{name} stays what it is: #{e.message}")
    there.fetch(name)
  end

  def mistake_in(value, shortest)
    return 'does not exist' if value.nil?
    return 'is empty or holds a line break' if value.match?(/\A\z|\R/)

    "is shorter than #{shortest} characters" if value.length < shortest
  end

  # The value; nil when there is no such parameter.
  def read_parameter(name)
    value_in(command('aws', '--region', new_resource.region, 'ssm', 'get-parameter', '--name', name,
                     '--with-decryption', '--output', 'json'), name)
  rescue ChefHub::Commands::CommandFailed => e
    raise unless e.message.include?('ParameterNotFound')
  end

  # The parser's own message would hold what it read, the secret; Chef logs causes too.
  def value_in(answer, name)
    JSON.parse(answer).dig('Parameter', 'Value').to_s
  rescue JSON::ParserError
    raise "cannot read the SSM parameter #{name}: the AWS CLI gave no JSON", cause: nil
  end

  # What the file holds now. A line that is not a variable is told, by its number, and left out.
  def there
    @there ||= begin
      lines = ::File.exist?(new_resource.path) ? ::File.readlines(new_resource.path, chomp: true) : []
      lines.each.with_index(1).filter_map { |line, number| variable(line, number) }.to_h
    end
  end

  def variable(line, number)
    name, value = line.split('=', 2)
    return [name, value] if value
    return if line.strip.empty? || line.start_with?('#')

    Chef::Log.warn("line #{number} of #{new_resource.path} has no `=`, so it is not a variable: it is left out")
    nil
  end

  def kept_or_made
    new_resource.generated.to_h do |name|
      kept = there.fetch(name, '').strip
      [name, kept.empty? ? SecureRandom.hex(32) : kept]
    end
  end
end
