"""Infers from an existing state in which form a lab is written down, and what its instances are started from."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from hubctl.adopt.existing import Existing, texts_of
from hubctl.adopt.lab_view import SEPARATE_RULES, LabView


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
    """Yield the settings of ``stacks.aws_lab_forms`` that reproduce how the lab is written."""
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


def whole_number(value: object) -> int | None:
    """Return a value as a whole number; None when it is none."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return int(number) if math.isfinite(number) and number == int(number) else None
