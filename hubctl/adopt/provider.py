"""What the AWS provider of this project knows, before any stack is synthesized."""

import json
from typing import Any

from hubctl.environment.project import PROVIDER_VERSION
from hubctl.temporary import private_folder
from hubctl.terraform.driver import Terraform
from hubctl.terraform.environment import driver_environment
from hubctl.terraform.provider_schemas import ResourceSchemas, resource_schemas

_NEEDS = {"required_providers": {"aws": {"source": "hashicorp/aws", "version": PROVIDER_VERSION}}}


def provider_schemas() -> ResourceSchemas:
    """Return the schemas of the provider's resource types; reads them from the provider the first time.

    Raises HubctlError when the provider is nowhere to be found.
    """
    return resource_schemas(_ask)


def _ask() -> dict[str, Any]:
    with private_folder("provider") as folder:
        (folder / "main.tf.json").write_text(json.dumps({"terraform": _NEEDS}), encoding="utf-8")
        terraform = Terraform(folder, driver_environment())
        terraform.init(backend=False)
        return terraform.provider_schemas()
