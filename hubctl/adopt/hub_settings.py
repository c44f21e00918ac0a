"""Infers the settings of chef-hub from an existing state of its design, whoever wrote it."""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from typing import Any

from hubctl.adopt.hub_view import LEADER, SERVER, WORKSTATION, HubView
from hubctl.adopt.lab_forms import filtered, whole_number
from hubctl.adopt.operated import operated
from hubctl.adopt.relations import plain
from stacks.chef_hub_settings import ChefHubSettings
from stacks.common_settings import CommonSettings
from stacks.settings_model import SettingsModel

HOST = "notebooks."
CONTRACT = "/chef-hub/contract"  # the parameter by which the profile `recommended` tells its nodes all
_IMAGES = {SERVER: "chef_server", WORKSTATION: "chef_workstation", LEADER: "chef_client"}


def infer_hub_settings(view: HubView) -> dict[str, Any]:
    """Return the settings that reproduce the hub; what the settings' own rules refuse is left at its default."""
    found = {key: value for key, value in _found(view) if value is not None}
    groups: tuple[type[SettingsModel], ...] = (CommonSettings, ChefHubSettings)
    for group in groups:
        given = {key: value for key, value in found.items() if key in group.model_fields}
        for mistake in group.check(given)[1]:
            for key in mistake.key.split(","):
                found.pop(key.strip(), None)
    return found


def zone_id(view: HubView) -> str | None:
    """Return the id of the hosted zone in which the hub has its name."""
    return view.record.text("zone_id") or None if view.record is not None else None


def _found(view: HubView) -> Iterator[tuple[str, Any]]:
    state = view.state
    recommended = _is_recommended(view)
    yield "profile", "recommended" if recommended else "original"
    yield from operated(state, recommended=recommended)
    arns = (resource.text("arn").split(":") for resource in state.resources)
    regions = Counter(parts[3] for parts in arns if len(parts) > 5 and parts[3])
    yield "default_region", regions.most_common(1)[0][0] if regions else None
    yield from _zones(view)
    yield "target_domain", _domain(view)
    if view.vpc is not None:
        yield "vpc_cidr", _network(view.vpc.text("cidr_block"))
    keys = {instance.text("key_name") for instance in view.nodes.values()}
    yield "key_name", keys.pop() if len(keys) == 1 else None
    yield from _machines(view)
    yield from _worker_sizes(view)


def _is_recommended(view: HubView) -> bool:
    """Tell by what only this profile has; a launch template or another author's separate rules do not tell."""
    told = any(found.text("name") == CONTRACT for found in view.state.of("aws_ssm_parameter"))
    tags = [node.values.get("tags_all") for node in view.nodes.values()]
    marked = any(isinstance(tag, dict) and tag.get("Stack") == "chef-hub" for tag in tags)
    return told or marked or view.own_roles


def _zones(view: HubView) -> Iterator[tuple[str, Any]]:
    """Take the zone of most nodes for the default one, and the other zone with a subnet for the second."""
    nodes = list(view.nodes.values()) or list(view.state.of("aws_instance"))
    machines = Counter(instance.text("availability_zone") for instance in nodes)
    first = machines.most_common(1)[0][0] if machines else None
    yield "default_availability_zone", first or None
    vpc = view.vpc.text("id") if view.vpc is not None else ""
    used = view.relations.names(view.workers, "aws_subnet") if view.workers is not None else None
    subnets = [s for s in view.state.of("aws_subnet") if not vpc or s.text("vpc_id") == vpc]
    workers = [s for s in subnets if plain(s.text("id")) in (used or ())]
    for choice in (workers, subnets):
        others = sorted({subnet.text("availability_zone") for subnet in choice} - {first, ""})
        if len(others) == 1:
            yield "secondary_availability_zone", others[0]
            return


def _domain(view: HubView) -> str | None:
    record = view.record
    name = plain(record.text("fqdn") or record.text("name")) if record is not None else ""
    if name.startswith(HOST):
        return name.removeprefix(HOST)
    zones = [*view.state.of("aws_route53_zone")]
    zones += [lookup for lookup in view.state.lookups if lookup.type == "aws_route53_zone"]
    held = [zone for zone in zones if zone.text("zone_id") and zone.text("zone_id") == zone_id(view)]
    for choice in (held, zones):
        if len(choice) == 1:
            return choice[0].text("name").rstrip(".") or None
    return None


def _machines(view: HubView) -> Iterator[tuple[str, Any]]:
    """Yield the types of the nodes, and the names by which their images are found."""
    owners = set()
    for kind, node in view.nodes.items():
        yield f"{kind.replace('-', '_')}_instance_type", node.text("instance_type") or None
        image = view.look_up(node.text("ami"))
        if image is None:
            continue
        names = filtered(image, "name")
        if len(names) == 1:
            yield f"{_IMAGES[kind]}_ami_name", names[0]
        owners |= set(image.texts("owners"))
    if len(owners) == 1:
        yield "ami_owner", owners.pop()
    if view.launch is not None:
        yield "worker_instance_type", view.launch.text("instance_type") or None


def _worker_sizes(view: HubView) -> Iterator[tuple[str, Any]]:
    if view.workers is None:
        return
    yield "worker_min_size", view.workers.values.get("min_size")
    yield "worker_max_size", view.workers.values.get("max_size")
    for policy in view.state.of("aws_autoscaling_policy"):
        target = policy.first("target_tracking_configuration").get("target_value")
        if policy.text("autoscaling_group_name") == view.workers.text("name") and target:
            yield "worker_cpu_target_percent", whole_number(target)


def _network(text: str) -> str | None:
    try:
        return str(ipaddress.IPv4Network(text))
    except ValueError:
        return None
