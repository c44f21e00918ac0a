# frozen_string_literal: true

# The schema holds the defaults: see node-attributes.schema.json.
ChefHub::Contract.defaults.each { |name, value| default['chef_hub'][name] = value }
