"""Which traits of its spawner a Lab hub uses, and what operators do instead of those that it refuses."""

from __future__ import annotations

from collections.abc import Sequence

from hub_common.spawner_traits import (
    USED,
    TraitRule,
    common_rules,
    in_part,
    labels_check,
    mounts_check,
    only_keys,
    refused,
    volumes_check,
)
from lab_hub.settings import LIVE_NAMES, STATE_FOLDER, LabSettings

MEMORY = "admission counts each server with the setting user_memory_gib; change that"
# Of docker's create_host_config, what neither opens a server nor takes what admission counts.
HOST_KEYS = (
    "blkio_weight", "cpu_shares", "cpuset_cpus", "device_requests", "dns", "dns_opt", "dns_search", "extra_hosts",
    "log_config", "shm_size", "ulimits",
)  # fmt: skip


def closed_folders(settings: LabSettings) -> tuple[str, ...]:
    """Return folders of the instance that are not mounted into servers."""
    return (settings.homes.mount_point, str(STATE_FOLDER))


def trait_rules(closed: Sequence[str]) -> dict[str, TraitRule]:
    """Return a rule for each trait; ``closed`` are folders that are not mounted."""
    former = (LIVE_NAMES.former.labels,) if LIVE_NAMES.former else ()
    labels = labels_check((LIVE_NAMES.labels, *former, "com.docker."))
    volumes = in_part(volumes_check(closed))
    return {
        **common_rules(),
        "allowed_images": USED,
        "image": USED,
        "pull_policy": USED,
        "post_start_cmd": USED,
        "cpu_guarantee": refused("Docker reserves no processors for a container; write cpu_limit"),
        "mem_guarantee": refused(MEMORY),
        "mem_limit": refused(MEMORY),
        "volumes": volumes,
        "read_only_volumes": volumes,
        "mounts": in_part(mounts_check(closed)),
        "extra_create_kwargs": in_part(
            only_keys(
                {"labels": labels, "hostname": None, "domainname": None},
                {
                    "environment": "write environment",
                    "command": "write cmd",
                    "volumes": "write volumes",
                    "image": "write image",
                },
            )
        ),
        "extra_host_config": in_part(
            only_keys(
                dict.fromkeys(HOST_KEYS),
                {
                    "binds": "write volumes",
                    "mounts": "write mounts",
                    "mem_limit": MEMORY,
                    "cpu_quota": "write cpu_limit",
                },
            )
        ),
        "remove": refused("a container that has ended is removed before the next start; remove it"),
    }
