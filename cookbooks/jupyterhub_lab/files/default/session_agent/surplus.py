"""Which instances take no new users because the group wants fewer than it has, and how the hub here gets to know it.

Scaling in lowers the group's desired capacity. An instance with users is protected and stays, and the balancer's round
robin would fill it again all day. So the surplus ones let others go first, until they are empty and leave. All instances
see the same group and come to the same names without talking to each other.
"""

import json
from pathlib import Path

from session_agent.rollout import Group

FILE = "group.json"


def surplus(group: Group) -> frozenset[str]:
    """Return the instances in service that are too many: those with the largest ids in order, and never all of them."""
    serving = sorted(member.id for member in group.members if member.state == "InService")
    count = min(len(serving) - group.desired, len(serving) - 1)
    return frozenset(serving[-count:]) if count > 0 else frozenset()


def tell_hub(file: Path, group: Group, instance_id: str) -> None:
    """Write how many others are in service, and whether this one is too many; whole or not at all."""
    others = sum(member.state == "InService" and member.id != instance_id for member in group.members)
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"others": others, "surplus": instance_id in surplus(group)}), encoding="utf-8")
    new.replace(file)
