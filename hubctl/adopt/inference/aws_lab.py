"""Infers the settings of aws-lab from an existing state: what it is called, where it is, how big, and in which form."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hubctl.adopt.inference.aws_lab_parts import SEPARATE_RULES, LabView
from hubctl.adopt.inference.capacity import pool_settings, type_settings
from hubctl.adopt.inference.clues import optional_parts, whole_number
from hubctl.adopt.state.existing import Existing, texts_of
from stacks.aws_lab.profiles import PROFILES
from stacks.settings.aws_lab import AwsLabSettings, outside_zone
from stacks.settings.common import CommonSettings
from stacks.settings.model import SettingsModel
from stacks.settings.scaling_guards import problems

FREE_METRIC = "FreePlaces"  # hub_constructs.aws_lab.session_scaling, which imports cdktf


def image(view: LabView) -> Iterator[tuple[str, Any]]:
    """Yield what instances are started from, and how large."""
    launch = view.launch
    if launch is None:
        return
    yield "instance_type", launch.text("instance_type") or None
    yield "root_volume_gib", _root_size(launch)
    lookup = next(
        (
            found
            for found in view.state.lookups
            if found.type == "aws_ami" and found.text("id") == launch.text("image_id")
        ),
        None,
    )
    names = filtered(lookup, "name") if lookup else []
    owners = lookup.texts("owners") if lookup else []
    if len(names) == 1 and len(owners) == 1:
        yield "ami_name", names[0]
        yield "ami_owner", owners[0]
    else:
        yield "ami_id", launch.text("image_id") or None


def forms(view: LabView) -> Iterator[tuple[str, Any]]:
    """Yield the settings of ``stacks.settings.aws_lab`` that reproduce how the lab is written."""
    state = view.state
    groups = view.security_groups
    if _any_of(groups, state.of(*SEPARATE_RULES), "security_group_id"):
        yield "security_group_rules", "separate"
    elif _any_of(groups, state.of("aws_security_group_rule"), "security_group_id"):
        yield "security_group_rules", "legacy"
    elif any(group.values.get("ingress") for group in _of(groups, state.of("aws_security_group"), "id")):
        yield "security_group_rules", "inline"
    network = {view.vpc.text("id")} - {""} if view.vpc is not None else set()
    tables = _of(network, state.of("aws_route_table", "aws_default_route_table"), "vpc_id")
    separate = _any_of({table.text("id") for table in tables}, state.of("aws_route"), "route_table_id")
    if not separate and any(table.values.get("route") for table in tables):
        yield "routes", "inline"
    kinds = {policy.text("policy_type") for _, policy in view.policies()}
    if kinds == {"SimpleScaling"}:
        yield "scaling_policies", "simple"
    if view.launch is not None:
        yield "launch", "configuration" if view.launch.type == "aws_launch_configuration" else "template"
    group = {view.group.text("name")} - {""} if view.group is not None else set()
    attached = _any_of(group, state.of("aws_autoscaling_attachment"), "autoscaling_group_name")
    yield "target_attachment", "separate" if attached else "group"
    certificate = {view.certificate.text("arn")} - {""} if view.certificate is not None else set()
    waits = state.of("aws_acm_certificate_validation")
    yield "certificate_wait", _any_of(certificate, waits, "certificate_arn")
    yield "instance_policy", _policy_form(view)


def _of(wanted: set[str], found: Iterable[Existing], argument: str) -> list[Existing]:
    """Return what belongs to the lab by ``argument``: a state may hold much else. Nothing wanted: all of it."""
    return [resource for resource in found if not wanted or resource.text(argument) in wanted]


def _any_of(wanted: set[str], found: Iterable[Existing], argument: str) -> bool:
    return bool(_of(wanted, found, argument))


def _policy_form(view: LabView) -> str | None:
    if view.role is None:
        return None
    name = view.role.text("name")
    if any(policy.text("role") == name for policy in view.state.of("aws_iam_role_policy")):
        return "inline"
    own = {policy.text("arn") for policy in view.state.of("aws_iam_policy")}
    attached = [a for a in view.state.of("aws_iam_role_policy_attachment") if a.text("role") == name]
    return "managed" if any(a.text("policy_arn") in own for a in attached) else "none"


def filtered(lookup: Existing, name: str) -> list[str]:
    """Return the values of a look-up's filter."""
    return [
        value
        for entry in lookup.blocks("filter")
        if entry.get("name") == name
        for value in texts_of(entry.get("values"))
    ]


def _root_size(launch: Existing) -> int | None:
    mappings = launch.first("block_device_mappings").get("ebs") or []
    blocks = [*mappings, launch.first("root_block_device")]
    sizes = [whole_number(block.get("volume_size")) for block in blocks if block]
    return next((size for size in sizes if size), None)


def infer_lab_settings(view: LabView) -> dict[str, Any]:
    """Return the settings that reproduce the lab. What the settings' own rules refuse is left at its default.

    The existing values of those are kept by the adoption file instead, if they matter.
    """
    found = {**dict(_common(view)), **dict(_names(view)), **dict(_network(view))}
    found |= {**dict(_sizes(view)), **dict(forms(view)), **dict(_scaling(view)), **dict(image(view))}
    found = {key: value for key, value in found.items() if value is not None}
    return _accepted({**found, **_guards(found)})


def zone_candidates(view: LabView) -> str | None:
    """Return the name of the hosted zone, None when the state does not tell."""
    ids = view.zone_ids
    zones = [*view.state.of("aws_route53_zone")]
    zones += [lookup for lookup in view.state.lookups if lookup.type == "aws_route53_zone"]
    for zone in zones:
        if zone.text("zone_id") in ids or len(zones) == 1:
            return zone.text("name").rstrip(".") or None
    for record in view.records:  # a record written as "lab" has the zone's name only in its full one
        name, full = record.text("name"), record.text("fqdn")
        if name and full.startswith(f"{name}."):
            return full.removeprefix(f"{name}.").rstrip(".")
    return None


def _common(view: LabView) -> Iterator[tuple[str, Any]]:
    tags = view.vpc.values.get("tags_all") if view.vpc is not None else None
    recommended = isinstance(tags, dict) and tags.get("Stack") == "aws-lab"
    yield "profile", "recommended" if recommended else "original"
    yield "owner", tags.get("Owner") if recommended and tags else None
    profile = PROFILES["recommended" if recommended else "original"]
    parts = {
        "shared_homes": bool(view.file_systems),
        "drain_hook": _leaving_hook(view) is not None,
        "log_group": bool(view.log_groups),
    }
    # Only what the profile has otherwise: the rest is to come with another profile.
    yield from ((part, there) for part, there in parts.items() if there != getattr(profile, part))
    yield from optional_parts(view.state, recommended=recommended)
    yield from pool_settings(view.state, view.group, recommended=recommended, size="warm_pool_size")
    yield from type_settings(view.group, view.launch, types="instance_types", spot=False)


def _leaving_hook(view: LabView) -> Existing | None:
    """Return the lifecycle hook of the group's terminating instances."""
    name = view.group.text("name") if view.group else ""
    return next(
        (
            hook
            for hook in view.state.of("aws_autoscaling_lifecycle_hook")
            if "TERMINATING" in hook.text("lifecycle_transition")
            and hook.text("autoscaling_group_name") in ("", name)
        ),
        None,
    )


def _names(view: LabView) -> Iterator[tuple[str, Any]]:
    arn = view.balancer.text("arn") if view.balancer else ""
    parts = arn.split(":")
    yield "region", parts[3] if len(parts) > 4 else None
    records = [record for record in view.alias_records if record.text("type") == "A"] or list(view.records)
    domain = (records[0].text("fqdn") or records[0].text("name")) if records else ""
    if not domain and view.certificate is not None:
        domain = view.certificate.text("domain_name").removeprefix("*.")
    yield "domain_name", domain.rstrip(".") or None
    zone = zone_candidates(view)
    yield "hosted_zone", None if zone is None or (domain and outside_zone(domain.rstrip("."), zone)) else zone
    yield "name", view.group.text("name") if view.group else None


def _network(view: LabView) -> Iterator[tuple[str, Any]]:
    vpc = view.vpc
    zones = [subnet.text("availability_zone") for subnet in view.subnets]
    # The subnets themselves may be in no state, such as those of the default VPC.
    count = len(zones) or len((view.balancer.values.get("subnets") if view.balancer else None) or ())
    if count >= 2:
        yield "zone_count", count
    if zones and len(set(zones)) == len(zones) and all(zones):
        yield "availability_zones", zones
    if vpc is not None:
        yield "vpc_cidr", _network_text(vpc.text("cidr_block"))
        yield "ipv6", bool(vpc.values.get("assign_generated_ipv6_cidr_block")) and _dual(view)


def _dual(view: LabView) -> bool:
    return view.balancer is not None and view.balancer.text("ip_address_type") == "dualstack"


def _sizes(view: LabView) -> Iterator[tuple[str, Any]]:
    if view.group is not None:
        yield "min_size", whole_number(view.group.values.get("min_size"))
        yield "max_size", whole_number(view.group.values.get("max_size"))
    if view.target_group is not None:
        yield "hub_port", whole_number(view.target_group.values.get("port"))
        yield "drain_timeout_seconds", whole_number(view.target_group.values.get("deregistration_delay"))
    hook = _leaving_hook(view)
    if hook is not None:
        yield "drain_timeout_seconds", whole_number(hook.values.get("heartbeat_timeout"))
    if view.balancer is not None:
        yield "idle_timeout_seconds", whole_number(view.balancer.values.get("idle_timeout"))
        logs = view.balancer.first("access_logs")
        buckets = {bucket.text("bucket") for bucket in view.state.of("aws_s3_bucket")}
        yield "access_logs", bool(logs.get("enabled")) and logs.get("bucket") in buckets
    if len(view.log_groups) == 1:
        yield "log_retention_days", whole_number(view.log_groups[0].values.get("retention_in_days")) or None


def _scaling(view: LabView) -> Iterator[tuple[str, Any]]:
    for alarm, _ in view.policies():
        if alarm.text("metric_name") == FREE_METRIC:
            yield "spare_places", whole_number(alarm.values.get("threshold"))
            continue
        up = alarm.text("comparison_operator").startswith("Greater")
        yield f"scale_{'up' if up else 'down'}_threshold", whole_number(alarm.values.get("threshold"))


def _guards(found: Mapping[str, Any]) -> dict[str, bool]:
    """Switch the guards off where what runs would not pass them: it is taken over as it is."""
    given = {key: value for key, value in found.items() if key in AwsLabSettings.model_fields}
    settings, _ = AwsLabSettings.check({**given, "scaling_guards": False})
    return {"scaling_guards": False} if problems(settings) else {}


def _network_text(text: str) -> str | None:
    try:
        return str(ipaddress.IPv4Network(text))
    except ValueError:
        return None


def _accepted(found: dict[str, Any]) -> dict[str, Any]:
    """Drop the settings that the models refuse, alone or together, until the rest is accepted."""
    groups: tuple[type[SettingsModel], ...] = (CommonSettings, AwsLabSettings)
    while True:
        refused: set[str] = set()
        for group in groups:
            given = {key: value for key, value in found.items() if key in group.model_fields}
            for mistake in group.check(given)[1]:
                refused |= {key.strip() for key in mistake.key.split(",")}
        refused &= set(found)
        if not refused:
            return found
        # Of a rule across settings, give up the lesser one first.
        given_up = refused & {"availability_zones", "hosted_zone"} or refused
        found = {key: value for key, value in found.items() if key not in given_up}
