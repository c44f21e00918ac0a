"""What a hub refuses when it starts, said before anything is deployed: the hubs' own modules judge the settings.

The modules are those that the cookbooks put on the nodes. Of all packages they need pydantic only.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from stacks.hub_sources import HUB_FOLDERS
from stacks.settings.model import Mistake

# At the end: nothing on the nodes may hide a module of the project or of a package.
sys.path += [str(folder) for folder in HUB_FOLDERS if str(folder) not in sys.path]

from hub_common.settings import GIB, Conflict, sentences
from lab_hub.settings import TAKEN_PORTS, LabSettings
from swarm_hub.admission import WORKER_RESERVE
from swarm_hub.settings import Limits

__all__ = ["TAKEN_PORTS", "WORKER_RESERVE_GIB", "lab_mistakes", "swarm_mistakes"]

WORKER_RESERVE_GIB = WORKER_RESERVE / GIB
LOGIN = "hub_login_"
HUB = "hub_"
# Settings of the Lab beside the section ``hub``, by the name that its hub gives them
_LAB = {
    "region": "region",
    "domain": "domain_name",
    "hub_port": "hub_port",
    "idle_timeout_seconds": "idle_timeout_seconds",
    "user_memory_gib": "user_memory_gib",
}
# What a setting without a default is until its variable is set; the rules do not look at it.
_UNSET = {"domain": "lab.example.org"}
# The same for every Lab, or made of what is not known before the apply
_LAB_FIXED = {"parameter_prefix": "/jupyterhub/lab", "homes": {"mount_point": "/srv/jupyterhub/homes"}}


def swarm_mistakes(settings: Any, hub: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield what the hub of chef-hub would refuse in ``hub``, that section of the document that its nodes read."""
    yield from _judged(settings, Limits, hub, lambda limits: limits.conflicts(HUB, LOGIN))


def lab_mistakes(settings: Any, hub: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield what the hub of a Lab would refuse in its settings, with ``hub`` as that section of them."""
    given = {name: getattr(settings, setting) for name, setting in _LAB.items()}
    document = {
        **_LAB_FIXED,
        **{name: _UNSET.get(name) if value is None else value for name, value in given.items()},
        "hub": hub,
    }
    yield from _judged(settings, LabSettings, document, lambda lab: lab.conflicts(LOGIN))


def _judged(settings: Any, model: Any, document: Mapping[str, Any], conflicts: Any) -> Iterator[Mistake]:
    try:
        found: list[Conflict] = conflicts(model.model_validate(document))
    except ValidationError as error:
        # The settings' own limits are as tight, so this is a mistake of the project; better said here than by a node.
        yield from (
            Mistake(key="the hub", value=model.__name__, problem=sentence, remedy="Choose another value.")
            for sentence in sentences(error)
        )
        return
    for conflict in found:
        values = tuple(getattr(settings, name) for name in conflict.fields)
        yield Mistake(
            key=", ".join(conflict.fields),
            value=values if len(values) > 1 else values[0],
            problem=conflict.sentence,
            remedy=f"{conflict.remedy}.",
        )
