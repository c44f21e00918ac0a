# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'nfs_client::default' do
  let(:mounted) { [true] }
  let(:contract) { HubSpec.contract }
  let(:tunnel) { '/etc/stunnel/chef-hub-efs.conf' }

  before do
    results = mounted.map { |found| double(stdout: '', stderr: '', exitstatus: found ? 0 : 1) }
    stubs_for_provider('efs_mount[/mnt/chef-hub]') do |provider|
      allow(provider).to receive(:shell_out_compacted)
        .with('findmnt', '--noheadings', '--types', 'nfs4', '--mountpoint', '/mnt/chef-hub', any_args)
        .and_return(*results)
    end
  end

  def converge(steps = %w(efs_mount hub_package_set), &block)
    HubSpec.converge('nfs_client', contract: contract, step_into: steps, &block)
  end

  it 'hands the file system of the contract over' do
    expect(converge([])).to mount_efs_mount('/mnt/chef-hub').with(file_system_id: 'fs-0123456789abcdef0',
                                                                  region: 'us-east-1', address: '')
  end

  it 'finds the file system in the partition of its region' do
    expect(ChefHub::Partition.dns_suffix('us-gov-west-1')).to eq('amazonaws.com')
    expect(ChefHub::Partition.dns_suffix('cn-northwest-1')).to eq('amazonaws.com.cn')
    expect(ChefHub::Partition.dns_suffix('eusc-de-east-1')).to eq('amazonaws.eu')
  end

  it 'goes through TLS, checking the name of the file system' do
    expect(converge).to render_file(tunnel)
      .with_content('connect = fs-0123456789abcdef0.efs.us-east-1.amazonaws.com:2049')
      .with_content('checkHost = fs-0123456789abcdef0.efs.us-east-1.amazonaws.com')
      .with_content('verifyChain = yes').with_content('sslVersionMin = TLSv1.2')
    expect(converge).to create_hub_service_unit('chef-hub-efs').with(reads: [tunnel])
  end

  it 'connects to a given address, but checks the same name' do
    contract['efs']['address'] = '10.30.0.5'
    expect(converge).to render_file(tunnel)
      .with_content('connect = 10.30.0.5:2049').with_content(/^checkHost = fs-0123456789abcdef0\.efs\./)
  end

  it 'mounts with the options that AWS recommends, now and at each boot' do
    run = converge
    %i(mount enable).each do |action|
      expect(run).to send("#{action}_mount", '/mnt/chef-hub').with(
        device: '127.0.0.1:/', fstype: 'nfs4',
        options: %w(nfsvers=4.1 rsize=1048576 wsize=1048576 hard timeo=600 retrans=2 noresvport port=20049 _netdev
                    x-systemd.after=chef-hub-efs.service x-systemd.mount-timeout=120)
      )
    end
    expect(run).to create_hub_service_unit('chef-hub-efs')
    expect(run).to load_hub_current_service('mnt-chef\\x2dhub.mount')
    %w(nfs-common stunnel4).each { |name| expect(run).to install_package(name) }
  end

  def mount_point(there)
    allow(File).to receive(:directory?).and_call_original
    allow(File).to receive(:directory?).with('/mnt/chef-hub').and_return(there)
  end

  it 'creates the mount point, whatever findmnt says, and passes the check afterwards' do
    mount_point(false)
    run = converge
    expect(run).to create_directory('/mnt/chef-hub').with(mode: '0755')
    expect(run).not_to run_ruby_block('check /mnt/chef-hub')
  end

  context 'when the file system is mounted already' do
    let(:mounted) { [true] }

    it 'leaves the mount point alone, whose mode is that of the file system' do
      mount_point(true)
      expect(converge).not_to create_directory('/mnt/chef-hub')
    end
  end

  context 'when it is not mounted in the end' do
    let(:mounted) { [false] }

    it 'fails loudly' do
      run = converge
      expect(run).to run_ruby_block('check /mnt/chef-hub')
      expect { run.ruby_block('check /mnt/chef-hub').block.call }
        .to raise_error(/fs-0123456789abcdef0 is not mounted at .*journalctl -u chef-hub-efs/)
    end
  end

  it 'refuses a port that is none' do
    expect { converge { |node| node.normal['nfs_client']['tunnel_port'] = 70_000 } }
      .to raise_error(Chef::Exceptions::ValidationFailed, /must be a port/)
  end
end
