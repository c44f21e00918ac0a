# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'jupyterhub_secrets' do
  let(:path) { '/etc/jupyterhub/secrets.env' }
  let(:contract) { HubSpec.contract }

  before { contract['hub']['login'] = { 'authenticator' => 'github' } }

  def converge
    HubSpec.converge('jupyterhub', contract: contract, step_into: %w(jupyterhub_secrets))
  end

  def answer(name, **result)
    stubs_for_provider("jupyterhub_secrets[#{path}]") do |provider|
      allow(provider).to receive_shell_out(
        'aws', '--region', 'us-east-1', 'ssm', 'get-parameter', '--name', "/chef-hub/hub/login/#{name}",
        '--with-decryption', '--output', 'json', **result
      )
    end
  end

  def found(value)
    { stdout: JSON.generate('Parameter' => { 'Value' => value }) }
  end

  it 'writes secrets from SSM and makes the rest, for root alone and out of the log' do
    answer('client-id', **found('id-1'))
    answer('client-secret', **found('secret-1'))
    file = converge.file(path)
    lines = file.content.lines(chomp: true).to_h { |line| line.split('=', 2) }
    expect(lines).to include('CHEF_HUB_OAUTH_CLIENT_ID' => 'id-1', 'CHEF_HUB_OAUTH_CLIENT_SECRET' => 'secret-1')
    %w(CONFIGPROXY_AUTH_TOKEN JUPYTERHUB_CRYPT_KEY JPY_COOKIE_SECRET CHEF_HUB_METRICS_TOKEN).each do |name|
      expect(lines.fetch(name)).to match(/\A\h{64}\z/)
    end
    expect(file).to have_attributes(mode: '0600', owner: 'root', sensitive: true)
  end

  it 'keeps the values that it made before' do
    allow(File).to receive(:exist?).and_call_original
    allow(File).to receive(:exist?).with(path).and_return(true)
    allow(File).to receive(:readlines).and_call_original
    allow(File).to receive(:readlines).with(path, chomp: true).and_return(["JPY_COOKIE_SECRET=#{'7' * 64}", 'OLD=1'])
    answer('client-id', **found('id-1'))
    answer('client-secret', **found('secret-1'))
    content = converge.file(path).content
    expect(content).to include("JPY_COOKIE_SECRET=#{'7' * 64}\n")
    expect(content).not_to include('OLD')
  end

  it 'names all parameters that are missing' do
    missing = { stderr: 'An error occurred (ParameterNotFound)', exitstatus: 254 }
    answer('client-id', **missing)
    answer('client-secret', **missing)
    expect { converge }
      .to raise_error(%r{do not exist: /chef-hub/hub/login/client-id, /chef-hub/hub/login/client-secret})
  end

  it 'tells of an answer that it cannot read, but not what the answer was' do
    answer('client-id', stdout: "id-1\n")
    answer('client-secret', stdout: "secret-1\n")
    expect { converge }.to(raise_error do |error|
      expect(error.message).to match(%r{/chef-hub/hub/login/client-id: the AWS CLI gave no JSON})
      expect([error, error.cause].join).not_to include('id-1')
    end)
  end

  it 'says what AWS said' do
    answer('client-id', stderr: 'AccessDeniedException', exitstatus: 254)
    expect { converge }.to raise_error(%r{cannot read the SSM parameter /chef-hub/hub/login/client-id: AccessDenied})
  end

  it 'refuses a value that would spill over into another variable' do
    answer('client-id', **found("id\nADMIN=1"))
    expect { converge }.to raise_error(/empty or holds a line break/)
  end
end
