# frozen_string_literal: true

# While the recipes are compiled: a mistake is told before any resource acts.
ChefHub::Contract.check!(node['chef_hub'].to_h)
