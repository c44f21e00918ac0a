# frozen_string_literal: true

# Folder of the programs that units and timers call.
default['hub_node']['program_folder'] = '/usr/local/lib/chef-hub'
# Settings of this deployment for those programs, in the format of systemd's EnvironmentFile; without secrets.
default['hub_node']['environment_file'] = '/etc/chef-hub/environment'
# More variables for that file, such as AWS_ENDPOINT_URL on a trial cluster.
default['hub_node']['extra_environment'] = {}
# Tools that the programs need. The AWS CLI is in the images: not every distribution packages it.
default['hub_node']['packages'] = %w(curl jq ca-certificates)
