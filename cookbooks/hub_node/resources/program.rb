# frozen_string_literal: true

provides :hub_program
unified_mode true
description 'A program of a cookbook (files/default/NAME) in the folder that units call.'
examples <<~RUBY
  hub_program 'keep-swarm' do
    from_cookbook 'docker_swarm'
  end
RUBY

property :program_name, String, name_property: true, regex: /\A[a-z0-9.-]+\z/,
                                description: 'Name of the file in files/default and in the folder of programs'
property :from_cookbook, String, required: true,
                                 description: 'Cookbook that holds the file'

action :install, description: 'Install the program, executable for all users and writable for root' do
  directory node['hub_node']['program_folder'] do
    mode '0755'
    recursive true
  end
  cookbook_file "#{node['hub_node']['program_folder']}/#{new_resource.program_name}" do
    source new_resource.program_name
    cookbook new_resource.from_cookbook
    owner 'root'
    group 'root'
    mode '0755'
  end
end
