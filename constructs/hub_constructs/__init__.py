"""The constructs both stacks are made of: one AWS concern a module, settings in, resource objects out.

Importing this package prepares the provider bindings (see ``provider_bindings``), so every construct gets
the quick import without having to ask for it.
"""

from hub_constructs.core.provider_bindings import register_aws_bindings

register_aws_bindings()
