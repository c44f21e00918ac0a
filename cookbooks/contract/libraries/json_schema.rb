# frozen_string_literal: true

module ChefHub
  # Checks a document against the part of JSON Schema that the contract uses, and refuses a schema that uses more.
  #
  # A validator of its own because a Chef client ships none, and a cookbook must not need a gem at converge time.
  class JsonSchema
    ANNOTATIONS = %w($schema title description default).freeze
    CHECKS = %w(type enum pattern minimum maximum properties required additionalProperties items uniqueItems).freeze
    TYPES = {
      'object' => ->(value) { value.is_a?(Hash) },
      'array' => ->(value) { value.is_a?(Array) },
      'string' => ->(value) { value.is_a?(String) },
      'integer' => ->(value) { value.is_a?(Integer) },
      'number' => ->(value) { value.is_a?(Numeric) },
      'boolean' => ->(value) { [true, false].include?(value) },
    }.freeze

    def initialize(schema)
      @schema = schema
    end

    # All mistakes in `document`, each with the path of its setting; empty when there is none.
    def errors(document, schema = @schema, path = [])
      unknown = schema.keys - ANNOTATIONS - CHECKS
      raise ArgumentError, "schema keywords that are not checked: #{unknown.join(', ')}" unless unknown.empty?

      is_type = TYPES.fetch(schema['type'])
      return [message(path, document, "is not of type #{schema['type']}")] unless is_type.call(document)

      value_errors(document, schema, path) + member_errors(document, schema, path) + item_errors(document, schema, path)
    end

    # The values that the schema gives to absent settings, as a nested Hash.
    def defaults(schema = @schema)
      schema.fetch('properties', {}).each_with_object({}) do |(name, property), found|
        if property.key?('default')
          found[name] = property['default']
        elsif property['type'] == 'object'
          inner = defaults(property)
          found[name] = inner unless inner.empty?
        end
      end
    end

    private

    RULES = {
      'enum' => ->(value, allowed) { "is none of #{allowed.join(', ')}" unless allowed.include?(value) },
      'minimum' => ->(value, least) { "is below #{least}" if value < least },
      'maximum' => ->(value, most) { "is above #{most}" if value > most },
      # In JSON Schema ^ and $ stand for the ends of the text, in Ruby for those of a line
      'pattern' => lambda do |value, pattern|
        whole = Regexp.new(pattern.sub(/\A\^/, '\A').sub(/\$\z/, '\z'))
        "does not match #{pattern}" unless value.match?(whole)
      end,
    }.freeze
    private_constant :RULES

    def value_errors(value, schema, path)
      RULES.slice(*schema.keys).filter_map { |keyword, rule| rule.call(value, schema[keyword]) }
           .map { |what| message(path, value, what) }
    end

    def member_errors(value, schema, path)
      return [] unless value.is_a?(Hash)

      known = schema.fetch('properties', {})
      name_errors(value, known, schema, path) +
        known.slice(*value.keys).flat_map { |name, inner| errors(value[name], inner, path + [name]) }
    end

    def name_errors(value, known, schema, path)
      missing = schema.fetch('required', []) - value.keys
      strange = schema['additionalProperties'] == false ? value.keys - known.keys : []
      missing.map { |name| "#{label(path + [name])} is missing" } +
        strange.map { |name| "#{label(path + [name])} is not a known setting" }
    end

    def item_errors(value, schema, path)
      return [] unless value.is_a?(Array)

      doubled = schema['uniqueItems'] && value.uniq.size < value.size
      (doubled ? [message(path, value, 'holds a value twice')] : []) +
        value.each_with_index.flat_map { |item, index| errors(item, schema.fetch('items'), path + [index.to_s]) }
    end

    def message(path, value, what)
      "#{label(path)}: #{value.inspect} #{what}"
    end

    def label(path)
      path.empty? ? 'the document' : path.join('.')
    end
  end
end
