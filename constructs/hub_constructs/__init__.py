"""The constructs both stacks are made of: each module builds one part in AWS, from props to resource objects.

Importing this package prepares the provider bindings (see ``provider_bindings``), so that every
construct imports quickly.
"""

from hub_constructs.core.provider_bindings import register_aws_bindings

register_aws_bindings()
