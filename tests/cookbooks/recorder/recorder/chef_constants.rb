# frozen_string_literal: true

# The few constants of Chef and its libraries that cookbooks and specs name.
module Mixlib
  class ShellOut
    class CommandTimeout < StandardError; end
  end
end

class Chef
  # Chef::Config[:config_file]
  class Config
    def self.[](name)
      { config_file: '/etc/chef/client.rb', file_backup_path: '/var/chef/backup' }.fetch(name)
    end
  end

  class Log
    %i(info debug warn).each { |level| define_singleton_method(level) { |_message| nil } }
  end

  module Exceptions
    class ValidationFailed < ArgumentError; end
    class RecipeNotFound < StandardError; end
    class RoleNotFound < StandardError; end
    class ResourceNotFound < StandardError; end
  end
end
