"""The constructs both stacks are made of: one AWS concern a module, settings in, resource objects out."""
