"""The environment that the project runs Terraform and cdktf in."""

import os
from collections.abc import Mapping

from hubctl.environment.provider_mirror import terraform_environment

# Set by an operator for work of their own, these change what a run does or prints.
_MISLEADING = ("TF_CLI_ARGS", "TF_DATA_DIR", "TF_LOG", "TF_REATTACH_PROVIDERS", "TF_WORKSPACE")


def driver_environment(
    extra: Mapping[str, str] | None = None, *, drop: tuple[str, ...] = ()
) -> dict[str, str]:
    """Return this process's environment, made fit for Terraform and cdktf, with ``extra`` on top.

    ``drop`` names further prefixes of variables to leave out. Raises HubctlError when the AWS provider is
    nowhere to be found.
    """
    unwanted = _MISLEADING + drop
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**environment, **terraform_environment(), **(extra or {})}
