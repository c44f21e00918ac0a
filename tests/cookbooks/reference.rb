# frozen_string_literal: true

# Prints the cookbooks' pages as JSON: path => Markdown. One page per cookbook (recipes, attributes, resources) and one
# per custom resource (actions, properties, an example), all from the sources, so that they always agree.
# A test compares the pages with those in cookbooks/; `pytest --update-golden` writes them.
$LOAD_PATH.unshift(File.join(__dir__, 'recorder'))
require 'chefspec'
require 'json'

COOKBOOKS = File.expand_path('../../cookbooks', __dir__)

# The text of one cell of a table.
def cell(text)
  text.to_s.gsub('|', '\\|').gsub("\n", ' ')
end

# Running text, wrapped at 100 columns, with code kept on one line; further lines begin with the indent.
def fill(text, indent = '')
  text.scan(/(?:`[^`]*`|[^\s`])+/).each_with_object([+'']) do |word, lines|
    if lines.last.strip.empty? || lines.last.size + 1 + word.size <= 100
      lines.last << ' ' unless lines.last.strip.empty?
      lines.last << word
    else
      lines << (indent + word)
    end
  end.join("\n")
end

def table(head, rows)
  [head, head.map { '---' }, *rows].map { |row| "| #{row.map { |text| cell(text) }.join(' | ')} |" }.join("\n")
end

# A property's default; words for the name property and for required ones.
def default_of(property)
  options = property.options
  return 'the name' if options[:name_property]
  return 'required' if options[:required]
  return '' if options[:default].nil?

  "`#{options[:default].inspect}`"
end

def values_of(property)
  allowed = property.options[:equal_to]
  return allowed.map { |value| "`#{value}`" }.join(', ') if allowed && allowed.size < 6
  return "#{allowed.first} to #{allowed.last}" if allowed

  (property.types - [nil]).join(', ')
end

def resource_page(resource)
  actions = resource.action_descriptions.each_with_index.map do |(name, text), index|
    ["`:#{name}`#{' (default)' if index.zero?}", text]
  end
  properties = resource.properties.values.map do |property|
    ["`#{property.name}`", values_of(property), default_of(property), property.options[:description]]
  end
  <<~PAGE
    # #{resource.resource_name}

    #{fill(resource.documentation[:description])}

    ## Actions

    #{table(['Action', 'What it does'], actions)}

    ## Properties

    #{table(%w(Property Values Default Meaning), properties)}

    ## Example

    ```ruby
    #{resource.documentation[:examples].strip}
    ```
  PAGE
end

# The comment lines above an attribute say what it is for; every attribute has one.
def attributes_of(cookbook)
  path = File.join(cookbook.root, 'attributes/default.rb')
  return [] unless File.file?(path)

  text = File.read(path).sub(/\A# frozen_string_literal: true\n/, '')
  text.scan(/((?:^# .*\n)+)((?:^default.*\n(?:^(?: |\)|\}).*\n)*)+)/).flat_map do |comment, settings|
    meaning = comment.gsub(/^# /, '').tr("\n", ' ').strip
    names = settings.scan(/^default(\S+) = (.*(?:\n(?: |\)|\}).*)*)/)
    raise "#{path}: give each attribute below \"#{meaning}\" its own comment" if names.size > 1

    names.map { |name, value| ["`#{name.scan(/'([^']+)'/).join('.')}`", "`#{value.gsub(/\s+/, ' ')}`", meaning] }
  end
end

# A line with these names; nothing without names.
def list(label, names)
  names.empty? ? [] : [fill("#{label}: #{names.join(', ')}.")]
end

def cookbook_page(cookbook)
  recipes = Dir[File.join(cookbook.root, 'recipes/*.rb')].map { |path| File.basename(path, '.rb') }
  recipes = recipes.map { |name| "`#{cookbook.name}::#{name}`" }
  parts = ["# #{cookbook.name}", fill("#{cookbook.description}."), *list('Recipes', recipes),
           *list('Needs', cookbook.depends)]
  attributes = attributes_of(cookbook)
  parts << "## Attributes\n\n#{table(%w(Attribute Default Meaning), attributes)}" unless attributes.empty?
  links = cookbook.resource_classes.map do |type|
    fill("- [#{type.resource_name}](documentation/#{type.resource_name}.md): #{type.documentation[:description]}", '  ')
  end
  parts << "## Resources\n\n#{links.join("\n")}" unless links.empty?
  "#{parts.join("\n\n")}\n"
end

# The contract's settings, one per line, from its schema.
def settings_of(schema, path = [])
  schema.fetch('properties', {}).flat_map do |name, inner|
    here = path + [name]
    next settings_of(inner, here) if inner['type'] == 'object'

    default = if schema.fetch('required', []).include?(name) then 'required'
              elsif inner.key?('default') then "`#{inner['default'].inspect}`"
              end
    [["`#{here.join('.')}`", setting_values(inner), default, inner['description']]]
  end
end

def setting_values(schema)
  return schema['enum'].map { |value| "`#{value}`" }.join(', ') if schema.key?('enum')
  return "#{schema['type']}, #{schema['minimum']} to #{schema['maximum']}" if schema.key?('minimum')

  schema['type']
end

def contract_page
  schema = JSON.parse(File.read(File.join(COOKBOOKS, 'contract/node-attributes.schema.json')))
  <<~PAGE
    # contract

    What the stack gives every node, as one JSON document of node attributes: the stack writes it, and
    the cookbooks read it as `node['chef_hub']`. `node-attributes.schema.json` is the contract, and
    `golden.json` is an example that the tests of both sides use. The recipe `contract::default` checks
    the attributes before any other resource acts, and reports all mistakes at once. The document does
    not contain secrets.

    #{table(%w(Setting Values Default Meaning), settings_of(schema))}
  PAGE
end

# In Chef's order: the libraries of what a cookbook depends on come before its own.
def load_libraries(cookbook)
  cookbook.depends.each { |name| load_libraries(Recorder::Cookbook.new(File.join(COOKBOOKS, name))) }
  cookbook.load_libraries
end

pages = Dir[File.join(COOKBOOKS, '*/metadata.rb')].each_with_object({}) do |metadata, found|
  cookbook = Recorder::Cookbook.new(File.dirname(metadata))
  load_libraries(cookbook)
  found["#{cookbook.name}/README.md"] = cookbook.name == 'contract' ? contract_page : cookbook_page(cookbook)
  cookbook.resource_classes.each do |type|
    found["#{cookbook.name}/documentation/#{type.resource_name}.md"] = resource_page(type)
  end
end
puts JSON.generate(pages)
