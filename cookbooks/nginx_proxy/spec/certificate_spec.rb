# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'hub_certificate' do
  let(:contract) { HubSpec.contract }
  let(:calls) { [] }
  let(:checked) { 0 }
  let(:acme) { 'chef-hub-certificate' }
  let(:copy) { 'chef-hub-certificate-copy' }

  # A run in which the program says whether there is something to do, and how taking the certificate ends.
  def converge(taken: 0, stderr: '')
    stubs_for_provider('hub_certificate[notebooks.example.org]') do |provider|
      allow(provider).to receive(:shell_out_compacted) do |*words, **options|
        calls << [words, options[:environment]]
        double(stdout: '', stderr: stderr, exitstatus: words.include?('--check') ? checked : taken)
      end
    end
    HubSpec.converge('nginx_proxy', contract: contract, step_into: %w(hub_certificate hub_package_set))
  end

  def source(name, **settings)
    contract['tls'] = { 'source' => name, **settings.transform_keys(&:to_s) }
  end

  def environment_of(run, unit)
    run.find_resource(:hub_service_unit, unit, :create).settings['Environment']
  end

  it "keeps the ACME client's state on the shared file system, and renews by a timer" do
    run = converge
    expect(run).to install_package('certbot')
    expect(run).to create_directory('/mnt/chef-hub/acme').with(mode: '0700')
    expect(run).to create_directory('/var/lib/chef-hub/acme-webroot').with(mode: '0755')
    expect(run).to create_hub_service_unit(acme).with(every: '6h')
    expect(environment_of(run, acme)).to include('"ACME_STATE=/mnt/chef-hub/acme"', '"CERTIFICATE_SOURCE=acme"',
                                                 '"CERTIFICATE_NAMES=notebooks.example.org"')
    expect(run).to delete_hub_service_unit(copy)
  end

  it 'looks at given files every few minutes, and leaves no timer of ACME behind' do
    source('files', certificate_file: '/srv/hub.pem', key_file: '/srv/hub.key')
    run = converge
    expect(run).to delete_hub_service_unit(acme)
    expect(run).to create_hub_service_unit(copy).with(every: '5min')
    expect(environment_of(run, copy)).to include('"CERTIFICATE_FILE=/srv/hub.pem"', '"KEY_FILE=/srv/hub.key"')
    expect(run).not_to install_package('certbot')
    expect(run).not_to create_link('/etc/nginx/chef-hub/fullchain.pem')
  end

  it 'renews a self-signed one by a timer' do
    source('self_signed')
    run = converge
    expect(run).to create_hub_service_unit(copy).with(every: '12h')
    expect(environment_of(run, copy)).to include(
      '"CERTIFICATE_SOURCE=self_signed"', '"CERTIFICATE_NAMES=notebooks.example.org *.notebooks.example.org"'
    )
  end

  it 'changes nothing while nginx has it' do
    expect(converge.hub_certificate('notebooks.example.org')).not_to be_updated_by_last_action
    expect(calls.map { |words, _| words.last }).to eq ['--check']
    expect(calls.dig(0, 1)).to include('CERTIFICATE_FOLDER' => '/etc/nginx/chef-hub')
  end

  it 'keeps no copies of the key' do
    expect(converge).to delete_hub_forgotten_backups('/etc/nginx/chef-hub/privkey.pem')
  end

  context 'with something to do' do
    let(:checked) { 1 }

    it 'takes the certificate within the run' do
      expect(converge.hub_certificate('notebooks.example.org')).to be_updated_by_last_action
      expect(calls.map { |words, _| words.last }).to eq %w(--check --converge)
    end

    it 'ends the run with what the program says' do
      says = 'renew-certificate: /srv/hub.pem is missing or empty'
      expect { converge(taken: 1, stderr: says) }
        .to raise_error(%r{renew-certificate failed \(1\): renew-certificate: /srv/hub.pem is missing})
    end
  end
end
