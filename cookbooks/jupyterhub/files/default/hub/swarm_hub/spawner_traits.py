"""Which traits of its spawner a Swarm hub uses, and what operators do instead of those that it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hub_common.spawner_traits import (
    TraitRule,
    common_rules,
    in_part,
    labels_check,
    only_keys,
    refused,
    volumes_check,
)
from swarm_hub.service_spec import DATASETS, LOCK
from swarm_hub.settings import LIVE_NAMES, HubSettings

# Folders of the shared file system that hold the hub's secrets and the key of its certificate.
SECRET_FOLDERS = ("acme", "leader-backup")
IMAGE = "workers hold the image of the setting hub_notebook_image; change that"
MEMORY = "admission counts each server with the setting hub_user_memory_gib; change that"
MOUNTS = "write c.HubSwarmSpawner.volumes or read_only_volumes"
NO_CONTAINER = "servers are Swarm services; write extra_container_spec or extra_resources_spec"
NO_DRIVER = "Swarm would not use it; mount a folder of the shared file system by volumes"
NO_EXEC = "Docker runs no command in a service; write pre_spawn_hook, or put it into the notebook image"


def closed_folders(settings: HubSettings) -> tuple[str, ...]:
    """Return folders of the nodes that are not mounted into servers."""
    secret = (f"{settings.shared_folder}/{name}" for name in SECRET_FOLDERS)
    return (settings.users_folder, settings.state_folder, *secret)


def trait_rules(closed: Sequence[str]) -> dict[str, TraitRule]:
    """Return a rule for each trait; ``closed`` are folders that are not mounted."""
    labels = labels_check((LIVE_NAMES.labels, "com.docker."))
    volumes = in_part(volumes_check(closed, (DATASETS, LOCK)))
    return {
        **common_rules(),
        "allowed_images": refused(IMAGE),
        "image": refused(IMAGE),
        "pull_policy": refused("workers pull images before they take users; remove it"),
        "cpu_guarantee": refused("admission does not count reserved processors; write cpu_limit"),
        "mem_guarantee": refused(MEMORY),
        "mem_limit": refused(MEMORY),
        "volumes": volumes,
        "read_only_volumes": volumes,
        "mounts": refused(MOUNTS),
        "volume_driver": refused(NO_DRIVER),
        "volume_driver_options": refused(NO_DRIVER),
        "extra_host_config": refused(NO_CONTAINER),
        "extra_create_kwargs": in_part(only_keys({"labels": labels})),
        "extra_container_spec": in_part(
            only_keys(
                {
                    "labels": labels,
                    "hostname": None,
                    "hosts": None,
                    "dns_config": None,
                    "configs": None,
                    "secrets": None,
                },
                {
                    "env": "write environment",
                    "command": "write cmd",
                    "args": "write args",
                    "mounts": MOUNTS,
                    "image": IMAGE,
                },
            )
        ),
        "extra_endpoint_spec": in_part(_endpoint),
        "extra_placement_spec": in_part(
            only_keys({"constraints": _constraints, "preferences": None, "platforms": None})
        ),
        "extra_resources_spec": in_part(
            only_keys({"generic_resources": None}, {"cpu_limit": "write cpu_limit", "mem_limit": MEMORY})
        ),
        "extra_task_spec": in_part(only_keys({"log_driver": None})),
        "post_start_cmd": refused(NO_EXEC),
        "remove": refused("services that end are removed; remove it"),
        "user_domains": refused("it is for the hub itself; remove it"),
    }


def _endpoint(value: Any) -> Iterator[str]:
    """Names lead to the container itself, and servers publish nothing: there is one value that may stand."""
    if value not in ({}, {"mode": "dnsrr"}):
        yield "the hub reaches servers by mode 'dnsrr' and publishes no ports: remove it"


def _constraints(value: Any) -> Iterator[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        yield "constraints are a list of texts such as 'node.labels.gpu==true': write them so"
