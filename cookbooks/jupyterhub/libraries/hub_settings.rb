# frozen_string_literal: true

require 'json'

module ChefHub
  # What the hub is told: settings.json without secrets, and where each of its secrets comes from.
  module HubSettings
    # Secrets that the leader makes itself, once.
    GENERATED = %w(CONFIGPROXY_AUTH_TOKEN JUPYTERHUB_CRYPT_KEY JPY_COOKIE_SECRET CHEF_HUB_METRICS_TOKEN).freeze
    OAUTH = { 'CHEF_HUB_OAUTH_CLIENT_ID' => 'client-id', 'CHEF_HUB_OAUTH_CLIENT_SECRET' => 'client-secret' }.freeze
    # All that the proxy gets: it has no use for the others.
    PROXY = %w(CONFIGPROXY_AUTH_TOKEN).freeze
    # The hub refuses a shorter one.
    SHORTEST = { 'CHEF_HUB_TEST_PASSWORD' => 12 }.freeze
    # Who has a PostgreSQL gives its address; without one the hub's database is a file.
    DATABASE = 'CHEF_HUB_DATABASE_URL'
    TEST = { 'CHEF_HUB_TEST_PASSWORD' => 'test-password' }.freeze

    module_function

    # Hash for settings.json; `network` is the Swarm's overlay network.
    def document(contract, jupyterhub, network)
      contract.slice('region', 'hub_hostname', 'autoscaling_group', 'parameter_prefix').merge(
        'hub' => contract['hub'],
        'wildcard_certificate' => UserDomains.covered?(contract),
        'network' => network,
        'shared_folder' => contract['efs']['mount_point'],
        'users_folder' => ::File.join(contract['efs']['mount_point'], jupyterhub['users_folder']),
        'state_folder' => jupyterhub['state_folder']
      )
    end

    # Hash of environment variables to the SSM parameters that hold the secrets of this login.
    def login_parameters(contract)
      names = case contract['hub']['login']['authenticator']
              when 'none' then {}
              when 'test' then TEST
              else OAUTH
              end
      names.transform_values { |name| "#{contract['parameter_prefix']}/hub/login/#{name}" }
    end

    # Hash of environment variables to the SSM parameters that need not exist.
    def optional_parameters(contract)
      { DATABASE => "#{contract['parameter_prefix']}/hub/database-url" }
    end

    # The command that finds out, with the address on standard input, whether the hub could use that database. It runs
    # where the hub will: in its image and network, with the same files.
    def database_check(contract, jupyterhub, network, program)
      config, state = jupyterhub.values_at('config_folder', 'state_folder')
      shared = contract['efs']['mount_point']
      volumes = ["#{program}:/postgresql.py:ro", "#{config}:#{config}:ro", "#{state}:#{state}",
                 "#{shared}:#{shared}:ro"]
      ['docker', 'run', '--rm', '--interactive', '--network', network, '--memory', jupyterhub['hub_memory'],
       '--log-driver', 'none', *volumes.flat_map { |volume| ['--volume', volume] }, contract['hub']['hub_image'],
       'python', '/postgresql.py', optional_parameters(contract).fetch(DATABASE), "#{state}/jupyterhub.sqlite"]
    end
  end
end
