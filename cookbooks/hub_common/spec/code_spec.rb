# frozen_string_literal: true

require_relative '../../spec_helper'

describe 'hub_common_code' do
  {
    'jupyterhub' => ['jupyterhub', '/etc/jupyterhub/hub', 'swarm_hub'],
    'jupyterhub_lab::hub' => ['jupyterhub_lab', '/usr/local/lib/jupyterhub-lab/hub', 'lab_hub'],
  }.each do |recipe, (cookbook, folder, package)|
    context "in #{recipe}" do
      let(:run) { HubSpec.converge(recipe, step_into: %w(hub_common_code)) }

      it "puts the shared package beside the hub's own, and leaves nothing old in either" do
        { 'hub_common' => %w(hub_common hub_common), package => [cookbook, "hub/#{package}"] }
          .each do |name, (from, files)|
            expect(run).to create_remote_directory("#{folder}/#{name}")
              .with(source: files, cookbook: from, purge: true, owner: 'root', mode: '0755', files_mode: '0644')
          end
      end

      it "installs JupyterHub's configuration where both packages are found" do
        expect(run).to create_directory(folder).with(recursive: true)
        expect(run).to create_cookbook_file("#{folder}/jupyterhub_config.py")
          .with(source: 'hub/jupyterhub_config.py', cookbook: cookbook, mode: '0644')
      end
    end
  end
end
