# frozen_string_literal: true

module Recorder
  # A cookbook on disk.
  class Cookbook
    # The words of metadata.rb that are known.
    class Metadata
      WORDS = %i(name maintainer license description version chef_version supports depends).freeze

      attr_reader :values

      def initialize(path)
        @values = Hash.new { |hash, key| hash[key] = [] }
        instance_eval(File.read(path), path)
      end

      WORDS.each do |word|
        define_method(word) { |*arguments| @values[word] << arguments.first }
      end

      def method_missing(name, *)
        raise Unknown, "metadata.rb cannot say #{name}"
      end

      def respond_to_missing?(_name, _include_private = false)
        false
      end
    end

    # What an attribute file can say.
    class AttributeFile
      attr_reader :node

      def initialize(node)
        @node = node
      end

      def default
        node.default
      end

      def method_missing(name, *)
        raise Unknown, "attribute files cannot say #{name}"
      end

      def respond_to_missing?(_name, _include_private = false)
        false
      end
    end

    attr_reader :name, :root

    def initialize(root)
      @root = root
      @name = File.basename(root)
      @metadata = Metadata.new(File.join(root, 'metadata.rb'))
      raise Unknown, "#{root}/metadata.rb says another name" unless @metadata.values[:name] == [name]
    end

    def depends
      @metadata.values[:depends]
    end

    def description
      @metadata.values[:description].first
    end

    # Once a process, as Chef does.
    def load_libraries
      files('libraries').each { |path| Kernel.require(path) }
    end

    def load_attributes(node)
      files('attributes').each { |path| AttributeFile.new(node).instance_eval(File.read(path), path) }
    end

    def resource_classes
      @resource_classes ||= files('resources').map { |path| CustomResource.load_file(path) }
    end

    def recipe_path(recipe)
      path = File.join(root, 'recipes', "#{recipe}.rb")
      File.file?(path) ? path : raise(Chef::Exceptions::RecipeNotFound, "no recipe #{name}::#{recipe}")
    end

    # A file or folder below files/ or templates/.
    def source_path(kind, source)
      path = File.join(root, kind, 'default', source)
      File.exist?(path) ? path : raise(Unknown, "#{name} has no #{kind}/default/#{source}")
    end

    private

    def files(folder)
      Dir[File.join(root, folder, '*.rb')]
    end
  end
end
