# frozen_string_literal: true

provides :hub_common_code
unified_mode true
description "The code of a hub in one folder: jupyterhub_config.py, the hub's own package, and hub_common beside it. " \
            'The service that runs it names the folder in `reads`, and is restarted when any of it has changed.'
examples <<~RUBY
  hub_common_code '/etc/jupyterhub/hub' do
    from_cookbook 'jupyterhub'
    package 'swarm_hub'
  end
RUBY

property :folder, String, name_property: true, regex: %r{\A(/[A-Za-z0-9_.-]+)+\z},
                          description: "Folder on the node, which is on the hub's PYTHONPATH"
property :from_cookbook, String, required: true,
                                 description: 'Cookbook of the hub, with configuration and package in files/default/hub'
property :package, String, required: true, regex: /\A[a-z_]+\z/,
                           description: "Name of the hub's own package"

action :install, description: 'Write the code, and delete files of the packages that are no longer part of them' do
  directory new_resource.folder do
    owner 'root'
    group 'root'
    mode '0755'
    recursive true
  end

  # What the others import comes first.
  { 'hub_common' => %w(hub_common hub_common),
    new_resource.package => [new_resource.from_cookbook, "hub/#{new_resource.package}"] }.each do |name, (from, files)|
    remote_directory "#{new_resource.folder}/#{name}" do
      source files
      cookbook from
      owner 'root'
      group 'root'
      mode '0755'
      files_mode '0644'
      purge true
    end
  end

  cookbook_file "#{new_resource.folder}/jupyterhub_config.py" do
    source 'hub/jupyterhub_config.py'
    cookbook new_resource.from_cookbook
    owner 'root'
    group 'root'
    mode '0644'
  end
end
