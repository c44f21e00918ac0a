"""The nodes of the synthesized chef-hub: their addresses, and the statements of their policies."""

import json
import re
from typing import Any

# Kind of node -> the address of its role
KINDS = {
    "chef_server": "chef_server_profile",
    "workstation": "chef_workstation",
    "hub_leader": "hub_leader",
    "worker": "hub_worker",
}
INSTANCES = ("chef-server", "chef-workstation", "hub-leader")


def statements(resources: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the statements of a node's policy by their Sid; references in them are quoted text."""
    policy = str(resources[f"aws_iam_role_policy.{KINDS[kind]}"]["policy"])
    text = policy.removeprefix("${jsonencode(").removesuffix(")}").replace('" = ', '": ')
    text = re.sub(r"(?<=[\[ ])((?:aws|data|local|var)[.\w-]+)(?=[,\]}])", r'"\1"', text)
    return {statement["Sid"]: statement for statement in json.loads(text)["Statement"]}
