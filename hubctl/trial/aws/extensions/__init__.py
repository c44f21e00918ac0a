"""What moto lacks and Terraform's AWS provider asks for, with a module for each service.

Each module reads like the part of moto that it completes: methods of the backends and of the responses, put
in place with :mod:`hubctl.trial.aws.extensions.patching`, which fails when moto changes underneath.
"""

import functools
import importlib

MODULES = (
    "autoscaling",
    "backup",
    "dns",
    "ec2_instances",
    "ec2_resources",
    "efs",
    "iam",
    "s3",
    "scheduled_actions",
    "service_quotas",
    "unserved",
    "warm_pools",
)


@functools.cache
def register_extensions() -> None:
    """Put every extension in place; once a process, before the first request."""
    for module in MODULES:
        importlib.import_module(f"hubctl.trial.aws.extensions.{module}")
