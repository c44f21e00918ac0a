"""What moto lacks and Terraform's AWS provider asks for, one module a service.

Each module reads like the part of moto that it completes: methods of the backends and of the responses, put
in place with :mod:`hubctl.local_aws.extensions.patching`, which fails when moto changes underneath.
"""

import functools
import importlib

MODULES = ("ec2_images", "ec2_monitoring")


@functools.cache
def register_extensions() -> None:
    """Put every extension in place; once a process, before the first request."""
    for module in MODULES:
        importlib.import_module(f"hubctl.local_aws.extensions.{module}")
