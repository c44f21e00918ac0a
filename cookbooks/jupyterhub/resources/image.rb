# frozen_string_literal: true

provides :jupyterhub_image
unified_mode true
description 'A container image that is present and checked: it is pulled, and its commands are tried, before ' \
            'anything that would use it is touched.'
examples <<~RUBY
  jupyterhub_image 'registry.example.org/hub:2026.11' do
    runs %w(jupyterhub configurable-http-proxy)
  end
RUBY

property :image, String, name_property: true,
                         description: 'The image; a tag that moves at the registry is not followed, give another tag ' \
                                      'or a digest'
property :runs, Array, default: [],
                       description: 'Commands that must answer to `--version` in a container of the image'
property :state_folder, String, default: '/var/lib/chef-hub/checked-images',
                                description: 'Folder in which the node records the images that it has checked'

action :pull, description: 'Pull the image unless it is present, and check it once; the run ends here if that fails' do
  hub_program 'pull-image' do
    from_cookbook 'docker'
  end
  directory new_resource.state_folder do
    mode '0755'
    recursive true
  end
  execute "pull and check the image #{new_resource.image}" do
    command ["#{node['hub_node']['program_folder']}/pull-image", new_resource.image, *new_resource.runs]
    environment('AWS_REGION' => node['chef_hub']['region'], 'CHEF_HUB_PULL_SECONDS' => '900')
    timeout 2000
    not_if { ::File.exist?(mark) && here? }
  end
  file mark do
    content "#{new_resource.image}\n"
    mode '0644'
  end
end

action_class do
  # One file an image and what was checked of it.
  def mark
    name = [new_resource.image, *new_resource.runs].join('_').gsub(/[^A-Za-z0-9.-]/, '_')
    ::File.join(new_resource.state_folder, name[0, 200])
  end

  def here?
    shell_out('docker', 'image', 'inspect', new_resource.image, timeout: 60).exitstatus.zero?
  end
end
