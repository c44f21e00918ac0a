"""The constructs of the chef-hub stack: one AWS concern a module; which of them a deployment has is the stack's choice."""
