"""The container that a notebook server is, beyond what DockerSpawner's own settings say."""

from __future__ import annotations

from typing import Any

from swarm_hub.cluster import KIND_LABEL, NOTEBOOK, USER_LABEL
from swarm_hub.service_spec import PIDS
from swarm_hub.user_directory import NOTEBOOK_GID, NOTEBOOK_UID


def create_arguments(user: str) -> dict[str, Any]:
    """Return additions to docker's ``create_container``. DockerSpawner formats them: braces in names are doubled."""
    return {
        "user": f"{NOTEBOOK_UID}:{NOTEBOOK_GID}",
        "hostname": "notebook",
        "labels": {KIND_LABEL: NOTEBOOK, USER_LABEL: user.replace("{", "{{").replace("}", "}}")},
        # The hub itself finds out whether the server answers; the image's own check costs processor time for ever.
        "healthcheck": {"test": ["NONE"]},
    }


def host_arguments(memory: int) -> dict[str, Any]:
    """Return additions to docker's host configuration; ``memory`` is the server's limit in bytes."""
    return {
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "init": True,
        "pids_limit": PIDS,
        "memswap_limit": memory,  # no more by way of swap
        # An ended container is looked at before it is removed: it says why it ended.
        "auto_remove": False,
    }
