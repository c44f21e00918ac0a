# frozen_string_literal: true

module Recorder
  # One run: the cookbooks of a run list with what they depend on, their recipes, and all resources in order.
  class Run
    # A recipe; its resources act once all recipes are compiled.
    class Recipe
      include RecipeDsl

      attr_reader :run, :cookbook

      def self.label
        'a recipe'
      end

      def initialize(run, cookbook)
        @run = run
        @cookbook = cookbook
      end

      def collection
        run.root_resources
      end

      def immediate?
        false
      end

      def include_recipe(name)
        run.include_recipe(name, from: cookbook)
      end
    end

    attr_reader :node, :root_resources, :resources, :recipes

    def initialize(node, cookbook_path, step_into)
      @node = node
      @cookbook_path = cookbook_path
      @step_into = step_into
      @root_resources = []
      @resources = []
      @recipes = []
      @cookbooks = {}
      @classes = KnownResources.classes
    end

    def converge(recipes)
      recipes.each { |recipe| load_cookbook(recipe.split('::').first) }
      load_parts(@cookbooks.values)
      recipes.each { |recipe| include_recipe(recipe) }
      check_notifications(root_resources)
      root_resources.each { |resource| act(resource) }
    end

    def include_recipe(name, from: nil)
      cookbook, recipe = name.split('::')
      full = "#{cookbook}::#{recipe || 'default'}"
      unless from.nil? || cookbook == from.name || reachable(from).include?(cookbook)
        raise Chef::Exceptions::RecipeNotFound, "#{from.name} does not depend on #{cookbook}"
      end
      return if recipes.include?(full)

      recipes << full
      path = @cookbooks.fetch(cookbook).recipe_path(recipe || 'default')
      Recipe.new(self, @cookbooks.fetch(cookbook)).instance_eval(File.read(path), path)
    end

    def cookbook(name)
      @cookbooks.fetch(name) { raise Unknown, "the cookbook #{name} is not in this run" }
    end

    def resource_class?(name)
      @classes.key?(name)
    end

    def resource_class(name)
      @classes.fetch(name)
    end

    # Perform a resource's actions; its guards are asked before each.
    def act(resource)
      resources << resource
      resource.action.each do |action|
        next unless resource.wanted?

        resource.performed << action
        Rendering.check(resource, self) if action == :create
        next if action == :nothing || !@step_into.include?(resource.resource_name.to_s)

        resource.act(action)
      end
    end

    # Every notification must find its resource in the same place, and an action which that resource has.
    def check_notifications(collection)
      collection.each do |resource|
        resource.notifications.each do |notification|
          target = collection.find { |other| other.to_s == notification.target }
          unless target
            raise Chef::Exceptions::ResourceNotFound, "#{resource} notifies #{notification.target}, which is not there"
          end
          next if target.class.allowed_actions.include?(notification.action)

          raise Chef::Exceptions::ValidationFailed, "#{target} has no action #{notification.action}"
        end
      end
    end

    private

    # In Chef's order: all libraries, then all attributes, then all custom resources.
    def load_parts(cookbooks)
      cookbooks.each(&:load_libraries)
      cookbooks.each { |cookbook| cookbook.load_attributes(node) }
      cookbooks.flat_map(&:resource_classes).each { |type| @classes[type.resource_name] = type }
    end

    def load_cookbook(name)
      return if @cookbooks.key?(name)

      root = File.join(@cookbook_path, name)
      raise Unknown, "no cookbook #{name} in #{@cookbook_path}" unless File.file?(File.join(root, 'metadata.rb'))

      cookbook = Cookbook.new(root)
      cookbook.depends.each { |needed| load_cookbook(needed) }
      @cookbooks[name] = cookbook
    end

    def reachable(cookbook)
      cookbook.depends.flat_map { |name| [name, *reachable(@cookbooks.fetch(name))] }.uniq
    end
  end
end
