"""The room in the group: how many places are free, which instances are too many, and how the hub here gets to know it.

Scaling in lowers the group's desired capacity. An instance with users is protected and stays, and the balancer's round
robin would fill it again all day. So those that are too many let others take the new users, until they are empty and leave.
All instances see the same group and come to the same names without talking to each other.
"""

import json
import os
from pathlib import Path

from session_agent.rollout import Group
from session_agent.settings import GIB

# What the hub here leaves to the system (lab_hub.admission): its places are counted alike.
SYSTEM_RESERVE = GIB
FILE = "group.json"


def machine_memory() -> int:
    """Return the instance's memory in bytes; ``LAB_MEMORY_GIB`` says another size, as to the hub."""
    given = os.environ.get("LAB_MEMORY_GIB")
    return int(float(given) * GIB) if given else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def free_places(group: Group, user_memory: int, running: int, *, closed: bool) -> int:
    """Return how many places the group has free, if all its instances are like this one with ``running`` servers.

    The average over the instances is then the sum of what they have, however often each of them publishes. One that is
    ``closed`` has none. One that is too many still has them: it takes users while the others are full.
    """
    places = max(0, machine_memory() - SYSTEM_RESERVE) // user_memory
    own = 0 if closed else max(0, places - running)
    return own * sum(member.state == "InService" for member in group.members)


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
