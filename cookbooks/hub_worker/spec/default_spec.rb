# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'hub_worker::default' do
  let(:run) { HubSpec.converge('hub_worker') }

  it 'brings the cookbooks of its role' do
    %w(contract hub_node nfs_client docker docker_swarm::worker).each { |recipe| expect(run).to include_recipe(recipe) }
    expect(run).not_to include_recipe('jupyterhub')
  end

  it 'is what the role worker runs' do
    role = JSON.parse(File.read(File.join(HubSpec::COOKBOOKS, 'roles/worker.json')))
    expect(role).to include('name' => 'worker', 'run_list' => ['recipe[hub_worker]'], 'json_class' => 'Chef::Role')
    expect(HubSpec.converge('role[worker]')).to include_recipe('hub_worker')
  end
end
