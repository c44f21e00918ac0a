# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'jupyterhub_secrets' do
  let(:path) { '/etc/jupyterhub/secrets.env' }
  let(:contract) { HubSpec.contract }
  let(:address) { 'postgresql://hub:word@db.example.org/hub' }
  let(:tried) { [] }

  before do
    contract['hub']['login'] = { 'authenticator' => 'github' }
    answer('database-url', stderr: 'An error occurred (ParameterNotFound)', exitstatus: 254)
  end

  def converge
    HubSpec.converge('jupyterhub', contract: contract, step_into: %w(jupyterhub_secrets))
  end

  def answer(name, **result)
    name = "login/#{name}" unless name == 'database-url'
    stubs_for_provider("jupyterhub_secrets[#{path}]") do |provider|
      allow(provider).to receive_shell_out(
        'aws', '--region', 'us-east-1', 'ssm', 'get-parameter', '--name', "/chef-hub/hub/#{name}",
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
    expect(file).to have_attributes(mode: '0600', owner: 'root', sensitive: true, backup: false)
  end

  it 'gives the proxy a file with its token alone, and keeps no copies of either' do
    answer('client-id', **found('id-1'))
    answer('client-secret', **found('secret-1'))
    run = converge
    proxy = run.file('/etc/jupyterhub/proxy.env')
    token = run.file(path).content[/^CONFIGPROXY_AUTH_TOKEN=\h{64}$/]
    expect(proxy.content).to eq "#{token}\n"
    expect(proxy).to have_attributes(mode: '0600', owner: 'root', sensitive: true, backup: false)
    [path, '/etc/jupyterhub/proxy.env'].each { |file| expect(run).to delete_hub_forgotten_backups(file) }
  end

  def there(*lines)
    allow(File).to receive(:exist?).and_call_original
    allow(File).to receive(:exist?).with(path).and_return(true)
    allow(File).to receive(:readlines).and_call_original
    allow(File).to receive(:readlines).with(path, chomp: true).and_return(lines)
  end

  it 'tells of a line that is not a variable, but not what it holds, and goes on' do
    there("JPY_COOKIE_SECRET=#{'7' * 64}", '', '# a note', 'a broken line', 'JUPYTERHUB_CRYPT_KEY=')
    answer('client-id', **found('id-1'))
    answer('client-secret', **found('secret-1'))
    told = []
    allow(Chef::Log).to receive(:warn) { |message| told << message }
    content = converge.file(path).content
    expect(told).to eq ["line 4 of #{path} has no `=`, so it is not a variable: it is left out"]
    expect(content).to include("JPY_COOKIE_SECRET=#{'7' * 64}\n").and match(/^JUPYTERHUB_CRYPT_KEY=\h{64}$/)
    expect(content).not_to include('broken')
  end

  it 'goes on with what the file holds while AWS is away' do
    there('CHEF_HUB_OAUTH_CLIENT_ID=id-0', 'CHEF_HUB_OAUTH_CLIENT_SECRET=secret-0')
    away = { stderr: 'Could not connect to the endpoint URL', exitstatus: 255 }
    answer('client-id', **away)
    answer('client-secret', **away)
    expect(converge.file(path).content).to include('CHEF_HUB_OAUTH_CLIENT_SECRET=secret-0')
  end

  it 'says so when AWS is away and there is nothing to go on with' do
    answer('client-id', stderr: 'Could not connect to the endpoint URL', exitstatus: 255)
    expect { converge }.to raise_error(/client-id: aws ssm get-parameter failed \(255\): Could not connect/)
  end

  it 'refuses a password that the hub would refuse' do
    contract['hub']['login'] = { 'authenticator' => 'test', 'allow_test_login' => true }
    answer('test-password', **found('short'))
    expect { converge }.to raise_error(%r{login/test-password is shorter than 12 characters})
  end

  it 'keeps the values that it made before' do
    there("JPY_COOKIE_SECRET=#{'7' * 64}", 'OLD=1')
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
      .to raise_error(%r{login/client-id does not exist\n.*login/client-secret does not exist\nPut each as a Secure})
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
    expect { converge }.to raise_error(
      %r{cannot read the SSM parameter /chef-hub/hub/login/client-id: aws ssm .* failed \(254\): AccessDenied}
    )
  end

  it 'refuses a value that would spill over into another variable' do
    answer('client-id', **found("id\nADMIN=1"))
    answer('client-secret', **found(''))
    expect { converge }.to raise_error(/client-id is empty or holds a line break\n.*client-secret is empty/)
  end

  describe 'the address of a database' do
    before { contract['hub']['login'] = { 'authenticator' => 'none' } }

    # Stands for the check in the hub's image.
    def check(**result)
      ending = ['python', '/postgresql.py', '/chef-hub/hub/database-url', '/var/lib/jupyterhub/jupyterhub.sqlite']
      done = double({ stdout: '', stderr: '', exitstatus: 0 }.merge(result))
      stubs_for_provider("jupyterhub_secrets[#{path}]") do |provider|
        allow(provider).to receive(:shell_out).and_call_original
        allow(provider).to receive(:shell_out).with('docker', 'run', any_args) do |*words, **options|
          expect(words.last(4)).to eq ending
          expect(words).not_to include(address)
          tried << options[:input]
          done
        end
      end
    end

    it 'is empty where there is none' do
      check
      expect(converge.file(path).content).to include("CHEF_HUB_DATABASE_URL=\n")
      expect(tried).to eq []
    end

    it 'is tried once, on standard input, and then written' do
      check
      answer('database-url', **found(address))
      expect(converge.file(path).content).to include("CHEF_HUB_DATABASE_URL=#{address}\n")
      expect(tried).to eq [address]
      there("CHEF_HUB_DATABASE_URL=#{address}")
      converge
      expect(tried).to eq [address]
    end

    it 'is not put to use where the check fails, and then nothing is written' do
      check(exitstatus: 1, stderr: '/chef-hub/hub/database-url: the database at db cannot be used: no route')
      answer('database-url', **found(address))
      expect { converge }.to(raise_error do |error|
        expect(error.message).to match(/nothing of the hub was changed: .*database-url: the database at db cannot/)
        expect([error, error.cause].join).not_to include(address)
      end)
    end

    it 'does not just go away once it is in use' do
      check
      there("CHEF_HUB_DATABASE_URL=#{address}")
      expect { converge }.to raise_error(%r{hub/database-url does not exist any more, but is in use: put it back})
    end

    it 'stays while AWS is away, and a file that does not know asks' do
      check
      answer('database-url', stderr: 'Could not connect to the endpoint URL', exitstatus: 255)
      expect { converge }.to raise_error(/database-url: aws ssm get-parameter failed \(255\): Could not connect/)
      there("CHEF_HUB_DATABASE_URL=#{address}")
      expect(converge.file(path).content).to include("CHEF_HUB_DATABASE_URL=#{address}\n")
    end
  end
end
