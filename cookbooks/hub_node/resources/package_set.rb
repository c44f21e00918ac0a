# frozen_string_literal: true

provides :hub_package_set
unified_mode true
description 'Installs packages, with fresh package lists, but only when one is missing.'
examples <<~RUBY
  hub_package_set 'tools of the nodes' do
    packages %w(curl jq)
  end
RUBY

property :set_name, String, name_property: true,
                            description: 'What the packages are for'
property :packages, Array, required: true, callbacks: {
  'must hold names of packages' => lambda do |names|
    names.any? && names.all? { |name| name.match?(/\A[a-z0-9][a-z0-9.+-]+\z/) }
  end,
}, description: 'Names of the packages'

action :install, description: 'Install what is missing' do
  apt_update new_resource.set_name do
    action :nothing
  end
  # One resource a package: Chef then asks for and reports each by its name.
  new_resource.packages.each do |name|
    package name do
      notifies :update, "apt_update[#{new_resource.set_name}]", :before
    end
  end
end
