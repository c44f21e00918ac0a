# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'hub_worker::default' do
  let(:contract) { HubSpec.contract.merge('node_kind' => 'worker') }
  let(:run) { HubSpec.converge('hub_worker', contract: contract) }

  it 'brings the cookbooks of its role' do
    %w(contract hub_node nfs_client docker docker_swarm::worker).each { |recipe| expect(run).to include_recipe(recipe) }
    expect(run).not_to include_recipe('jupyterhub')
  end

  it 'is what the role worker runs' do
    role = JSON.parse(File.read(File.join(HubSpec::COOKBOOKS, 'roles/worker.json')))
    expect(role).to include('name' => 'worker', 'run_list' => ['recipe[hub_worker]'], 'json_class' => 'Chef::Role')
    expect(HubSpec.converge('role[worker]', contract: contract)).to include_recipe('hub_worker')
  end

  it 'refuses a node of another kind, and says what to change' do
    contract['node_kind'] = 'hub_leader'
    expect { run }.to raise_error(ChefHub::Contract::Broken, /node_kind is "hub_leader", but role\[worker\].*run list/)
  end
end
