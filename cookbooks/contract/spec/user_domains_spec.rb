# frozen_string_literal: true

require 'tmpdir'
require_relative '../../spec_helper'

describe 'ChefHub::UserDomains' do
  def certificate(*names)
    key = OpenSSL::PKey::EC.generate('prime256v1')
    made = OpenSSL::X509::Certificate.new
    made.public_key = key
    made.subject = made.issuer = OpenSSL::X509::Name.parse('/CN=hub')
    made.not_before = Time.now
    made.not_after = Time.now + 3600
    alternatives = names.map { |name| "DNS:#{name}" }.join(',')
    made.add_extension(OpenSSL::X509::ExtensionFactory.new.create_extension('subjectAltName', alternatives))
    made.sign(key, OpenSSL::Digest.new('SHA256')).to_pem
  end

  def settings(source, pem: nil, wanted: 'auto')
    contract = HubSpec.contract
    contract['hub']['user_domains'] = wanted
    contract['tls'] = { 'source' => source, 'certificate_file' => ::File.join(folder, 'hub.pem'), 'key_file' => '/key' }
    ::File.write(contract['tls']['certificate_file'], pem) if pem
    contract
  end

  let(:folder) { Dir.mktmpdir }
  # A run loads the libraries.
  let(:domains) { HubSpec.converge('contract').then { ChefHub::UserDomains } }

  after { FileUtils.remove_entry(folder) }

  it 'takes a made certificate as covering, one of ACME never' do
    expect(domains.covered?(settings('self_signed'))).to be true
    expect(domains.covered?(settings('acme'))).to be false
  end

  it 'looks into a given certificate' do
    good = certificate('notebooks.example.org', '*.notebooks.example.org')
    expect(domains.server_names(settings('files', pem: good)))
      .to eq 'notebooks.example.org *.notebooks.example.org'
    [certificate('notebooks.example.org'), certificate('*.notebooks.example.org'), certificate('*.example.org'),
     'no certificate', nil].each do |bad|
      expect(domains.server_names(settings('files', pem: bad))).to eq 'notebooks.example.org'
    end
  end

  it 'refuses domains that the certificate does not cover before anything is changed' do
    pem = certificate('notebooks.example.org')
    expect { domains.check!(settings('files', pem: pem, wanted: 'on')) }
      .to raise_error(ChefHub::UserDomains::NotCovered, /hub\.pem is not valid for \*\.notebooks\.example\.org/)
    expect { domains.check!(settings('files', pem: pem)) }.not_to raise_error
  end
end
