# frozen_string_literal: true

module Recorder
  # A node's attributes with Chef's precedence: default, normal, override, automatic.
  class Node
    LEVELS = %i(default normal override automatic).freeze
    # What Ohai finds, as far as the cookbooks ask; the same values as ChefSpec's own data.
    OHAI = { 'platform' => 'ubuntu', 'platform_family' => 'debian', 'hostname' => 'Fauxhai', 'fqdn' => 'fauxhai.local',
             'ipaddress' => '10.0.0.2' }.freeze

    # One level: reading creates what is not there, so that nested attributes can be set in one go.
    class Level < Hash
      def self.of(value)
        return value unless value.is_a?(Hash)

        value.each_with_object(new) { |(key, inner), level| level[key] = of(inner) }
      end

      def [](key)
        store(key.to_s, Level.new) unless key?(key.to_s)
        fetch(key.to_s)
      end

      def []=(key, value)
        store(key.to_s, Level.of(value))
      end
    end

    # All levels merged, for reading. Plain hashes all the way down: text keys only, and frozen.
    class Merged < Hash
      def [](key)
        raise Unknown, "attribute keys are texts, not #{key.inspect}" unless key.is_a?(String)

        fetch(key, nil)
      end

      def to_h
        each_with_object({}) { |(key, value), plain| plain[key] = Merged.plain(value) }
      end

      def self.plain(value)
        case value
        when Hash then value.transform_values { |inner| plain(inner) }
        when Array then value.map { |inner| plain(inner) }
        else value
        end
      end

      def self.of(value)
        case value
        when Hash then value.each_with_object(new) { |(key, inner), merged| merged.store(key, of(inner)) }.freeze
        when Array then value.map { |inner| of(inner) }.freeze
        else value
        end
      end
    end

    attr_reader :name

    def initialize(name)
      @name = name
      @levels = LEVELS.to_h { |level| [level, Level.new] }
      OHAI.each { |key, value| automatic[key] = value }
    end

    LEVELS.each { |level| define_method(level) { @levels.fetch(level) } }

    def [](key)
      merged[key]
    end

    def read(*keys)
      merged.dig(*keys)
    end

    private

    def merged
      Merged.of(LEVELS.reduce({}) { |below, level| deep_merge(below, @levels.fetch(level)) })
    end

    # Hashes merge; anything else of a higher level takes the place of the lower one's.
    def deep_merge(below, above)
      below.merge(above) do |_, low, high|
        low.is_a?(Hash) && high.is_a?(Hash) ? deep_merge(low, high) : high
      end
    end
  end
end
