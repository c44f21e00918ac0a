# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'contract::default' do
  def converge(contract)
    HubSpec.converge('contract', contract: contract)
  end

  it 'takes the example' do
    expect { converge(HubSpec.contract) }.not_to raise_error
  end

  it 'fills in the defaults of the schema' do
    hub = converge(HubSpec.contract).node['chef_hub']['hub']
    expect(hub['user_memory_gib']).to eq 2
    expect(hub['login']['authenticator']).to eq 'none'
    expect(hub['max_users']).to eq 50
  end

  it 'names every mistake at once' do
    contract = HubSpec.contract
    contract.delete('region')
    contract['colour'] = 'blue'
    contract['hub']['max_users'] = 0
    contract['efs']['file_system_id'] = 'nfs-1'
    expect { converge(contract) }.to raise_error(
      ChefHub::Contract::Broken,
      /region is missing.*colour is not a known.*file_system_id: "nfs-1" does not match.*max_users: 0 is below 1/m
    )
  end

  it 'refuses the test login unless it is allowed by name' do
    contract = HubSpec.contract
    contract['hub']['login'] = { 'authenticator' => 'test' }
    expect { converge(contract) }.to raise_error(/allow_test_login must be true/)
    contract['hub']['login']['allow_test_login'] = true
    expect { converge(contract) }.not_to raise_error
  end

  it 'asks for the endpoints of a generic login, and for both given files' do
    contract = HubSpec.contract
    contract['hub']['login'] = { 'authenticator' => 'generic', 'token_url' => 'https://login.example.org/token' }
    contract['tls'] = { 'source' => 'files', 'key_file' => '/etc/key.pem' }
    expect { converge(contract) }
      .to raise_error(/authorize_url is needed.*userdata_url is needed.*certificate_file is needed/m)
  end

  it 'refuses domains of users with a certificate that cannot cover them' do
    contract = HubSpec.contract
    contract['hub']['user_domains'] = 'on'
    expect { converge(contract) }.to raise_error(/user_domains is on, but a certificate of the source acme cannot/)
    contract['tls'] = { 'source' => 'self_signed' }
    expect { converge(contract) }.not_to raise_error
  end

  it 'does not take a text with a second line for a match' do
    contract = HubSpec.contract
    contract['region'] = "us-east-1\nExecStart=/bin/false"
    expect { converge(contract) }.to raise_error(/region: .* does not match/)
  end
end
