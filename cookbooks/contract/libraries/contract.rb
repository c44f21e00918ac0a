# frozen_string_literal: true

require 'json'

module ChefHub
  # The document of node attributes that the stack and the cookbooks agree on: `node['chef_hub']`.
  module Contract
    SCHEMA_FILE = File.expand_path('../node-attributes.schema.json', __dir__)

    # Node attributes do not fit the schema; the message lists every mistake.
    class Broken < StandardError
      def initialize(mistakes)
        super("node attributes do not fit the contract, nothing was changed:\n" \
              "#{mistakes.map { |mistake| "  - #{mistake}" }.join("\n")}\n" \
              'Correct them where the stack writes them (settings of chef-hub), then apply again.')
      end
    end

    module_function

    def schema
      JSON.parse(File.read(SCHEMA_FILE))
    end

    # Defaults of the optional settings, from the schema, so that they stand in one place.
    def defaults
      JsonSchema.new(schema).defaults.fetch('chef_hub')
    end

    # All mistakes in a document `{"chef_hub" => {...}}`.
    def errors(document)
      found = JsonSchema.new(schema).errors(document)
      found.empty? ? sense(document.fetch('chef_hub')) : found
    end

    # Raise `Broken` unless the settings fit, those with defaults filled in.
    def check!(settings)
      mistakes = errors('chef_hub' => settings)
      raise Broken, mistakes unless mistakes.empty?
    end

    # Raise `Broken` unless the stack made this node for the role that it runs.
    def check_kind!(settings, kind, role)
      given = settings['node_kind']
      return if given == kind

      raise Broken, ["chef_hub.node_kind is #{given.inspect}, but role[#{role}] is for #{kind.inspect}: give this " \
                     'node the run list of its kind (`knife node run_list set`), or its own attributes']
    end

    # What a schema cannot say: settings that must fit together.
    def sense(settings)
      login_errors(settings.dig('hub', 'login') || {}) + tls_errors(settings['tls'] || {}) + domain_errors(settings)
    end

    def domain_errors(settings)
      source = settings.dig('tls', 'source') || 'acme'
      return [] unless settings.dig('hub', 'user_domains') == 'on' && source == 'acme'

      ["chef_hub.hub.user_domains is on, but a certificate of the source acme cannot cover users' domains: " \
       'choose auto, or give a certificate by files']
    end

    def login_errors(login)
      kind = login.fetch('authenticator', 'none')
      found = []
      if kind == 'test' && !login['allow_test_login']
        found << 'chef_hub.hub.login.allow_test_login must be true for the test login: it lets anyone in'
      end
      if %w(generic cognito).include?(kind)
        %w(authorize_url token_url userdata_url).each do |name|
          found << "chef_hub.hub.login.#{name} is needed by the login #{kind}" if login.fetch(name, '').empty?
        end
      end
      found
    end

    def tls_errors(tls)
      return [] unless tls['source'] == 'files'

      %w(certificate_file key_file).select { |name| tls.fetch(name, '').empty? }
                                   .map { |name| "chef_hub.tls.#{name} is needed by the source files" }
    end
  end
end
