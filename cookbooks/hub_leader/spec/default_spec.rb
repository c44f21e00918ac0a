# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'hub_leader::default' do
  let(:run) { HubSpec.converge('hub_leader') }

  it 'brings the cookbooks of its role' do
    %w(contract hub_node nfs_client docker docker_swarm::leader jupyterhub nginx_proxy hub_metrics).each do |recipe|
      expect(run).to include_recipe(recipe)
    end
    expect(run).not_to include_recipe('docker_swarm::worker')
  end

  it 'is what the role server runs' do
    role = JSON.parse(File.read(File.join(HubSpec::COOKBOOKS, 'roles/server.json')))
    expect(role).to include('name' => 'server', 'run_list' => ['recipe[hub_leader]'], 'json_class' => 'Chef::Role')
    expect(HubSpec.converge('role[server]')).to include_recipe('hub_leader')
  end

  it 'refuses a node of another kind before anything acts' do
    contract = HubSpec.contract.merge('node_kind' => 'worker')
    expect { HubSpec.converge('role[server]', contract: contract) }
      .to raise_error(ChefHub::Contract::Broken, /node_kind is "worker", but role\[server\] is for "hub_leader"/)
  end
end
