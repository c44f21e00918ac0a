# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'jupyterhub_image' do
  let(:image) { 'registry.example.org/hub:2' }
  let(:mark) { '/var/lib/chef-hub/checked-images/registry.example.org_hub_2_jupyterhub_configurable-http-proxy' }
  let(:pulling) { "pull and check the image #{image}" }

  def converge(here: false, checked: false)
    allow(File).to receive(:exist?).and_call_original
    allow(File).to receive(:exist?).with(mark).and_return(checked)
    stubs_for_provider("jupyterhub_image[#{image}]") do |provider|
      allow(provider).to receive_shell_out('docker', 'image', 'inspect', image, exitstatus: here ? 0 : 1)
    end
    contract = HubSpec.contract
    contract['hub']['hub_image'] = image
    HubSpec.converge('jupyterhub', contract: contract, step_into: %w(jupyterhub_image))
  end

  it 'pulls and checks it before anything of the hub is written' do
    run = converge
    expect(run).to run_execute(pulling).with(
      command: ['/usr/local/lib/chef-hub/pull-image', image, 'jupyterhub', 'configurable-http-proxy'],
      environment: include('AWS_REGION' => 'us-east-1')
    )
    expect(run).to create_file(mark)
    names = run.resource_collection.all_resources.map(&:to_s)
    expect(names.index("jupyterhub_image[#{image}]")).to be < names.index('file[/etc/jupyterhub/settings.json]')
  end

  it 'asks no registry for one that was checked and is here' do
    expect(converge(here: true, checked: true)).not_to run_execute(pulling)
  end

  it 'pulls one that somebody has deleted, and checks one that somebody has brought' do
    expect(converge(checked: true)).to run_execute(pulling)
    expect(converge(here: true)).to run_execute(pulling)
  end
end
