# frozen_string_literal: true

module Recorder
  # Chef's own resources, as far as the cookbooks use them: actions (the first is the default) and properties with
  # their types, from Chef's reference (https://docs.chef.io/resources/). Checked against the real Chef by running the
  # same specs and both roles there.
  module KnownResources
    FILE = { owner: [String, Integer], group: [String, Integer], mode: [String, Integer], path: String }.freeze
    ALL = {
      apt_update: { actions: %i(periodic update), properties: { frequency: Integer } },
      apt_repository: {
        actions: %i(add remove),
        properties: { uri: String, key: [String, Array], distribution: String, components: Array },
      },
      package: { actions: %i(install upgrade remove), properties: { version: String, package_name: String } },
      directory: { actions: %i(create delete), properties: FILE.merge(recursive: [true, false]) },
      file: {
        actions: %i(create create_if_missing delete touch),
        properties: FILE.merge(content: String, manage_symlink_source: [true, false], backup: [Integer, false],
                               verify: Proc),
      },
      template: {
        actions: %i(create create_if_missing delete touch),
        properties: FILE.merge(source: String, cookbook: String, variables: Hash),
      },
      cookbook_file: {
        actions: %i(create create_if_missing delete touch), properties: FILE.merge(source: String, cookbook: String)
      },
      remote_directory: {
        actions: %i(create create_if_missing delete),
        properties: FILE.merge(source: String, cookbook: String, files_mode: [String, Integer], purge: [true, false]),
      },
      link: { actions: %i(create delete), properties: { to: String } },
      mount: {
        actions: %i(mount umount remount enable disable),
        properties: { device: String, fstype: String, options: [Array, String], dump: Integer, pass: Integer },
      },
      execute: {
        actions: %i(run),
        properties: { command: [String, Array], environment: Hash, timeout: [Integer, Float],
                      live_stream: [true, false], creates: String },
      },
      ruby_block: { actions: %i(run), properties: { block: Proc } },
      systemd_unit: {
        actions: %i(nothing create delete enable disable start stop restart reload try_restart reload_or_restart),
        properties: { unit_name: String, content: [String, Hash], verify: [true, false] }, identity: :unit_name
      },
      openssl_x509_certificate: {
        actions: %i(create),
        properties: { common_name: String, subject_alt_name: Array, expire: Integer, renew_before_expiry: Integer,
                      key_file: String, key_length: Integer, owner: String, group: String, mode: String },
      },
    }.freeze

    module_function

    def classes
      ALL.to_h { |name, parts| [name, build(name, **parts)] }
    end

    def build(name, actions:, properties:, identity: nil)
      Class.new(Resource) do
        @resource_name = name
        @allowed_actions = [:nothing, *actions].uniq
        @initial_action = actions.first
        @identity_property = identity
        properties.each do |property, types|
          named = { unit_name: true, path: true, package_name: true }.key?(property)
          define_property(property, [*types, nil], named ? { name_property: true } : {})
        end
      end
    end
  end
end
