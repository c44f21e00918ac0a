# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'hub_certificate' do
  let(:contract) { HubSpec.contract }
  let(:chain) { '/etc/nginx/chef-hub/fullchain.pem' }

  def converge
    HubSpec.converge('nginx_proxy', contract: contract, step_into: %w(hub_certificate hub_package_set))
  end

  context 'with ACME' do
    it "keeps the client's state on the shared file system, and renews by a timer" do
      run = converge
      expect(run).to install_package('certbot')
      expect(run).to create_directory('/mnt/chef-hub/acme').with(mode: '0700')
      expect(run).to create_directory('/var/lib/chef-hub/acme-webroot').with(mode: '0755')
      expect(run).to create_hub_service_unit('chef-hub-certificate').with(
        every: '6h', settings: hash_including('Environment' => include('"ACME_STATE=/mnt/chef-hub/acme"'))
      )
    end

    it 'starts with a self-signed one, and never puts it in the place of another' do
      expect(converge).to create_openssl_x509_certificate(chain).with(common_name: 'notebooks.example.org')
      allow(File).to receive(:exist?).and_call_original
      allow(File).to receive(:exist?).with(chain).and_return(true)
      expect(converge).not_to create_openssl_x509_certificate(chain)
    end
  end

  context 'when self-signed' do
    before { contract['tls'] = { 'source' => 'self_signed' } }

    it 'renews it before it expires, and asks no authority' do
      run = converge
      expect(run).to create_openssl_x509_certificate(chain).with(renew_before_expiry: 30, mode: '0600')
      expect(run).not_to install_package('certbot')
    end
  end

  context 'with given files' do
    before do
      contract['tls'] = { 'source' => 'files', 'certificate_file' => '/srv/hub.pem', 'key_file' => '/srv/hub.key' }
      allow(File).to receive(:size?).and_call_original
      %w(/srv/hub.pem /srv/hub.key).each { |path| allow(File).to receive(:size?).with(path).and_return(size) }
    end

    let(:size) { 100 }

    it 'links them to where nginx reads' do
      run = converge
      expect(run).to create_link(chain).with(to: '/srv/hub.pem')
      expect(run).to create_link('/etc/nginx/chef-hub/privkey.pem').with(to: '/srv/hub.key')
      expect(run).not_to run_ruby_block('check /srv/hub.pem')
    end

    context 'when one is missing' do
      let(:size) { nil }

      it 'fails, and says which' do
        run = converge
        expect { run.ruby_block('check /srv/hub.key').block.call }.to raise_error(%r{/srv/hub.key is missing})
      end
    end
  end
end
