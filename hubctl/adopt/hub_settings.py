"""Infers the settings of chef-hub from an existing state of its design."""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from typing import Any

from hubctl.adopt.existing import ExistingState
from hubctl.adopt.operated import operated
from stacks.chef_hub_settings import ChefHubSettings
from stacks.common_settings import CommonSettings
from stacks.settings_model import SettingsModel

HOST = "notebooks."


def infer_hub_settings(state: ExistingState) -> dict[str, Any]:
    """Return the settings that reproduce the hub; what the settings' own rules refuse is left at its default."""
    found = {key: value for key, value in _found(state) if value is not None}
    groups: tuple[type[SettingsModel], ...] = (CommonSettings, ChefHubSettings)
    for group in groups:
        given = {key: value for key, value in found.items() if key in group.model_fields}
        for mistake in group.check(given)[1]:
            for key in mistake.key.split(","):
                found.pop(key.strip(), None)
    return found


def _found(state: ExistingState) -> Iterator[tuple[str, Any]]:
    recommended = any(state.of("aws_launch_template"))
    yield "profile", "recommended" if recommended else "original"
    yield from operated(state, recommended=recommended)
    arns = (resource.text("arn").split(":") for resource in state.resources)
    regions = Counter(parts[3] for parts in arns if len(parts) > 5 and parts[3])
    yield "default_region", regions.most_common(1)[0][0] if regions else None
    yield from _zones(state)
    yield "target_domain", _domain(state)
    vpcs = list(state.of("aws_vpc"))
    if len(vpcs) == 1:
        yield "vpc_cidr", _network(vpcs[0].text("cidr_block"))
    keys = {instance.text("key_name") for instance in state.of("aws_instance")}
    yield "key_name", keys.pop() if len(keys) == 1 else None
    yield from _worker_sizes(state)


def _zones(state: ExistingState) -> Iterator[tuple[str, Any]]:
    """Take the zone of most machines for the default one, and the other zone with a subnet for the second."""
    machines = Counter(instance.text("availability_zone") for instance in state.of("aws_instance"))
    first = machines.most_common(1)[0][0] if machines else None
    yield "default_availability_zone", first or None
    others = sorted({subnet.text("availability_zone") for subnet in state.of("aws_subnet")} - {first, ""})
    yield "secondary_availability_zone", others[0] if len(others) == 1 else None


def _domain(state: ExistingState) -> str | None:
    for record in state.of("aws_route53_record"):
        name = (record.text("fqdn") or record.text("name")).rstrip(".")
        if name.startswith(HOST):
            return name.removeprefix(HOST)
    zones = [*state.of("aws_route53_zone")]
    zones += [lookup for lookup in state.lookups if lookup.type == "aws_route53_zone"]
    return zones[0].text("name").rstrip(".") or None if len(zones) == 1 else None


def _worker_sizes(state: ExistingState) -> Iterator[tuple[str, Any]]:
    groups = list(state.of("aws_autoscaling_group"))
    if len(groups) == 1:
        yield "worker_min_size", groups[0].values.get("min_size")
        yield "worker_max_size", groups[0].values.get("max_size")


def _network(text: str) -> str | None:
    try:
        return str(ipaddress.IPv4Network(text))
    except ValueError:
        return None
