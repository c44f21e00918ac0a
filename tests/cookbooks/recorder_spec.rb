# frozen_string_literal: true

require 'chefspec'
require 'tmpdir'

# The recorder must fail on what it does not know: small cookbooks, each with one mistake.
describe 'the recorder' do
  around do |example|
    Dir.mktmpdir do |folder|
      @folder = folder
      before = RSpec.configuration.cookbook_path
      RSpec.configuration.cookbook_path = folder
      example.run
      RSpec.configuration.cookbook_path = before
    end
  end

  def write(path, text)
    FileUtils.mkdir_p(File.dirname("#{@folder}/#{path}"))
    File.write("#{@folder}/#{path}", text)
  end

  def cookbook(name, recipe: '', metadata: '', **files)
    write("#{name}/metadata.rb", "name '#{name}'\n#{metadata}")
    write("#{name}/recipes/default.rb", recipe)
    files.each { |path, text| write("#{name}/#{path}", text) }
  end

  def converge(name = 'try', step_into: [])
    ChefSpec::SoloRunner.new(step_into: step_into).converge(name)
  end

  def resource(body, action: "file '/x'")
    "provides :thing\nunified_mode true\ndescription 'Thing'\nexamples 'thing'\n#{body}\n" \
      "action :make, description: 'Make it' do\n#{action}\nend\n"
  end

  it 'runs what is right' do
    cookbook('try', recipe: "directory '/x' do\n  mode '0755'\n  not_if { false }\nend\n")
    expect(converge).to create_directory('/x').with(mode: '0755')
    expect(converge).not_to delete_directory('/x')
  end

  {
    'a resource' => ["windows_feature 'x'", /no method or resource windows_feature/],
    'a property' => ["directory '/x' do\n  modus '0755'\nend", /no property modus/],
    'an action' => ["directory '/x' do\n  action :burn\nend", /no action burn/],
    'a type of a value' => ["directory '/x' do\n  recursive 'yes'\nend", /property recursive must be a true or false/],
    'a method' => ['search(:node, "*")', /no method or resource search/],
    'a guard that is a command' => ["directory '/x' do\n  only_if 'true'\nend", /wrong number of arguments/],
    'a time of a notification' =>
      ["file '/x' do\n  notifies :create, 'file[/x]', :soon\nend", /notification soon/],
    'the target of a notification' =>
      ["file '/x' do\n  notifies :create, 'file[/y]'\nend", %r{notifies file\[/y\], which is not there}],
    'the action of a notification' =>
      ["file '/x' do\n  notifies :run, 'file[/x]'\nend", /has no action run/],
    'a recipe of a cookbook that it does not depend on' => ["include_recipe 'other'", /does not depend on other/],
    'the source of a template' =>
      ["template '/x' do\n  source 'x.erb'\nend", %r{try has no templates/default/x.erb}],
    'the source of a file' => ["cookbook_file '/x' do\n  source 'x'\nend", %r{try has no files/default/x}],
    'a key of an attribute that is no text' => ['node[:platform]', /attribute keys are texts/],
  }.each do |what, (recipe, message)|
    it "fails on #{what} that it does not know" do
      cookbook('try', recipe: recipe)
      expect { converge }.to raise_error(message)
    end
  end

  it 'fails on a template that does not render' do
    cookbook('try', recipe: "template '/x' do\n  source 'x.erb'\nend\n",
                    'templates/default/x.erb' => '<%= @nothing.fetch(1) %>')
    expect { converge }.to raise_error(NoMethodError)
  end

  it 'fails on unknown words in metadata and attributes' do
    cookbook('try', metadata: "grouping 'x'\n")
    expect { converge }.to raise_error(/metadata.rb cannot say grouping/)
    cookbook('try', 'attributes/default.rb' => 'include_attribute "x"')
    expect { converge }.to raise_error(/attribute files cannot say include_attribute/)
  end

  describe 'a custom resource' do
    def use(definition, recipe = "thing 'a'")
      cookbook('try', recipe: recipe, 'resources/thing.rb' => definition)
      converge(step_into: %w(thing))
    end

    it 'does its action when stepped into, and nothing else otherwise' do
      expect(use(resource(''))).to create_file('/x')
      expect(converge).not_to create_file('/x')
      expect(converge).to make_thing('a')
    end

    it 'checks required, equal_to, regex and callbacks' do
      required = "property :size, String, required: true, equal_to: %w(s m), description: 'Size'"
      expect { use(resource(required)) }.to raise_error(Chef::Exceptions::ValidationFailed, /size is required/)
      expect { use(resource(required), "thing('a') { size 'xl' }") }.to raise_error(/must be one of s, m/)
      given = "property :sizes, [Array, nil], required: true, description: 'Sizes'"
      expect { use(resource(given), "thing('a') { sizes nil }") }
        .to raise_error(Chef::Exceptions::ValidationFailed, /sizes is required/)
      pattern = "property :code, String, regex: /\\A\\d+\\z/, description: 'Code'"
      expect { use(resource(pattern), "thing('a') { code 'x' }") }.to raise_error(/must match/)
      check = "property :port, Integer, callbacks: { 'must be small' => ->(n) { n < 9 } }, description: 'Port'"
      expect { use(resource(check), "thing('a') { port 9 }") }.to raise_error(/must be small/)
    end

    it 'must be in unified mode, and describe its properties' do
      expect { use(resource('').sub('unified_mode true', '')) }.to raise_error(/unified_mode true is missing/)
      expect { use(resource('').sub(/^examples.*/, '')) }.to raise_error(/description or examples are missing/)
      expect { use(resource('property :size, String')) }.to raise_error(/size has no description/)
      expect { use(resource("property :size, String, desired_state: false, description: 'Size'")) }
        .to raise_error(/options desired_state/)
      expect { use(resource('deprecated "x"')) }.to raise_error(/cannot say deprecated/)
    end

    it 'runs no command that no spec answers' do
      expect { use(resource('', action: "shell_out('reboot')")) }.to raise_error(Recorder::ShellOutNotStubbed)
      stubs_for_provider('thing[a]') { |provider| allow(provider).to receive_shell_out('reboot', stdout: 'no') }
      expect { use(resource('', action: "shell_out('reboot')")) }.not_to raise_error
    end

    it 'names the cookbook of a template that it declares' do
      expect { use(resource('', action: "template('/x') { source 'x.erb' }")) }.to raise_error(/names no cookbook/)
    end
  end

  it 'fails on matchers for types, actions and properties that are not there' do
    cookbook('try', recipe: "file '/x' do\n  content 'a'\nend\n")
    run = converge
    expect { expect(run).to create_widget('/x') }.to raise_error(/no resource type widget/)
    expect { expect(run).not_to run_file('/x') }.to raise_error(/file has no action run/)
    expect { expect(run).to create_file('/x').with(colour: 'red') }.to raise_error(/no property colour/)
    expect { expect(run).to create_file('/x').with(content: 'b') }
      .to raise_error(RSpec::Expectations::ExpectationNotMetError)
    expect { expect(run).to render_file('/x').with_content('b') }
      .to raise_error(RSpec::Expectations::ExpectationNotMetError)
  end
end
