"""The SSM parameters that nodes wrote, which no Terraform state knows."""

from collections.abc import Mapping
from typing import Any

from hubctl.cookbooks.aws_errors import told_plainly
from hubctl.destroy.holdings import Client
from hubctl.terraform.stored_state import managed_resources

PREFIX = "/chef-hub/"
OPERATORS = f"{PREFIX}hub/"  # what operators put there themselves, such as the login's client secret
_AT_ONCE = 10  # the most that DeleteParameters takes


def rollout_prefixes(state: Mapping[str, Any]) -> list[str]:
    """Return where rollouts of a Lab have left parameters; its name is in that of its instances' role, ``NAME-instance``."""
    names = [
        str(resource["values"].get("name") or "").removesuffix("-instance")
        for resource in managed_resources(state)
        if resource["address"] == "aws_iam_role.lab_instance"
    ]
    return [f"/jupyterhub/{name}/rollout" for name in names if name]


def parameters_below(client: Client, prefix: str) -> list[str]:
    """Return the names of all parameters below ``prefix``, sorted; no value is read."""
    with told_plainly(f"list the parameters below {prefix}"):
        pages = client("ssm").get_paginator("describe_parameters")
        filters = [{"Key": "Name", "Option": "BeginsWith", "Values": [prefix]}]
        found = [
            parameter["Name"]
            for page in pages.paginate(ParameterFilters=filters)
            for parameter in page["Parameters"]
        ]
    return sorted(found)


def clear(client: Client, names: list[str]) -> None:
    """Delete the parameters; raise HubctlError when AWS refuses."""
    with told_plainly("delete the parameters that nodes have left"):
        for begin in range(0, len(names), _AT_ONCE):
            client("ssm").delete_parameters(Names=names[begin : begin + _AT_ONCE])
