# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'hub_node::default' do
  let(:chef_run) do
    HubSpec.converge('hub_node', step_into: %w(hub_package_set hub_program)) do |node|
      node.normal['hub_node']['extra_environment'] = { 'AWS_ENDPOINT_URL' => 'http://127.0.0.1:5000/?a="b"' }
    end
  end

  it 'installs the tools, with fresh package lists only when one is missing' do
    %w(curl jq ca-certificates).each { |name| expect(chef_run).to install_package(name) }
    expect(chef_run.package('jq')).to notify('apt_update[tools of the nodes]').to(:update).before
    expect(chef_run).to nothing_apt_update('tools of the nodes')
  end

  it 'writes the environment of the programs' do
    expect(chef_run).to create_template('/etc/chef-hub/environment').with(mode: '0644')
    expect(chef_run).to render_file('/etc/chef-hub/environment')
      .with_content('CHEF_HUB_PREFIX="/chef-hub"').with_content('AWS_REGION="us-east-1"')
      .with_content('AWS_ENDPOINT_URL="http://127.0.0.1:5000/?a=\\"b\\""')
  end

  it 'installs the programs' do
    expect(chef_run).to create_directory('/usr/local/lib/chef-hub').with(mode: '0755')
    expect(chef_run).to create_cookbook_file('/usr/local/lib/chef-hub/node-common.sh')
      .with(source: 'node-common.sh', cookbook: 'hub_node', owner: 'root', mode: '0755')
    expect(chef_run).to render_file('/usr/local/lib/chef-hub/forget-chef-node').with_content(%r{\A#!/\S+ruby})
  end

  it 'changes nothing when the contract is broken' do
    contract = HubSpec.contract.merge('region' => 'nowhere')
    expect { HubSpec.converge('hub_node', contract: contract) }.to raise_error(ChefHub::Contract::Broken)
  end
end
