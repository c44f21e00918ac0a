"""Clues for the settings of either design, read off a state.

Which resources are named to the instances: in their user data, in the policies of their roles, in SSM parameters. Whom a
security group lets in and where: by inline blocks, or by separate rules. Whether there are the monitoring and the backups that
the profile `recommended` brings, and whom the alarms are mailed to.
"""

import base64
import binascii
import gzip
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubctl.adopt.matching.relations import plain
from hubctl.adopt.state.existing import Existing, ExistingState

_LAUNCH = ("aws_launch_template", "aws_launch_configuration", "aws_instance")
_SHORTEST = 4  # a name of fewer letters stands in any text
_ALL = ("-1", "all")
_RANGES = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")
_WORLD = ("0.0.0.0/0", "::/0")
# Setting -> a type that only this part of a stack has
_SIGNS = {"monitoring": "aws_cloudwatch_dashboard", "backups": "aws_backup_vault"}


class InstanceInputs:
    """Looks for the names of a resource in what instances are given; ``existing`` has the policies of their roles."""

    def __init__(self, existing: Iterable[Existing]) -> None:
        resources = list(existing)
        self._policies = [found for found in resources if found.type == "aws_iam_role_policy"]
        self._managed = {
            plain(found.text("arn")): found for found in resources if found.type == "aws_iam_policy"
        }
        self._attached = [found for found in resources if found.type == "aws_iam_role_policy_attachment"]

    def name(self, resource: Existing, instances: Iterable[Existing]) -> bool:
        """Tell whether one of ``instances`` (roles, launch templates, EC2 instances, parameters) names a resource."""
        names = [resource.text(name).removesuffix(":*") for name in ("arn", "id", "name", "dns_name")]
        names = [name for name in names if len(name) >= _SHORTEST]
        return any(name in text for text in self._texts(instances) for name in names)

    def _texts(self, instances: Iterable[Existing]) -> Iterator[str]:
        for found in instances:
            if found.type in _LAUNCH:
                yield from user_data(found)
            elif found.type == "aws_ssm_parameter":
                yield found.text("value") or found.text("insecure_value")
            elif found.type == "aws_iam_role":
                yield from self._of_role(found.text("name"))

    def _of_role(self, role: str) -> Iterator[str]:
        for policy in self._policies:
            if role and policy.text("role") == role:
                yield policy.text("policy")
        for attachment in self._attached:
            managed = self._managed.get(plain(attachment.text("policy_arn")))
            if role and attachment.text("role") == role and managed is not None:
                yield managed.text("policy")


def user_data(resource: Existing) -> Iterator[str]:
    """Yield the user data that a state shows of an instance or a launch template; a state may only hold its hash."""
    for name in ("user_data", "user_data_base64"):
        text = resource.text(name)
        if not text:
            continue
        yield text
        try:
            raw = base64.b64decode(text, validate=True)
            yield (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8", "replace")
        except (binascii.Error, ValueError, OSError, EOFError):
            continue


@dataclass(frozen=True, kw_only=True)
class IngressRule:
    """One way in. ``source`` is ``world``, ``own`` (the VPC, or security groups) or ``some`` (other addresses)."""

    port: int
    everything: bool
    source: str


def ingress_rules(state: ExistingState, group: Existing, vpc_cidr: str) -> Iterator[IngressRule]:
    """Yield the ways in that a group opens."""
    for rule in _rules(state, group):
        yield from _of(rule, vpc_cidr)


def lets_in(state: ExistingState, group: Existing, port: int, others: Collection[str]) -> bool:
    """Tell whether a group opens a port to one of the security groups ``others`` (by id), or to addresses."""
    own = group.text("id")
    return any(
        _at(rule, port)
        and (_named_groups(rule, own) & set(others) or any(rule.get(name) for name in _RANGES))
        for rule in _rules(state, group)
    )


def _at(rule: Mapping[str, Any], port: int) -> bool:
    first, last = rule.get("from_port"), rule.get("to_port")
    if str(rule.get("protocol") or rule.get("ip_protocol")) in _ALL:
        return True
    return isinstance(first, int) and isinstance(last, int) and first <= port <= last


def _named_groups(rule: Mapping[str, Any], own: str) -> set[str]:
    named = {rule.get("source_security_group_id"), rule.get("referenced_security_group_id")}
    named |= set(rule.get("security_groups") or ()) | ({own} if rule.get("self") else set())
    return {name for name in named if isinstance(name, str)}


def _rules(state: ExistingState, group: Existing) -> Iterator[Mapping[str, Any]]:
    """Yield the rules for what comes in: the group's inline blocks, and separate rules."""
    blocks = group.values.get("ingress")
    yield from (block for block in (blocks if isinstance(blocks, list) else ()) if isinstance(block, Mapping))
    for rule in state.of("aws_security_group_rule", "aws_vpc_security_group_ingress_rule"):
        if rule.text("type") in ("", "ingress") and rule.text("security_group_id") == group.text("id"):
            yield rule.values


def _of(rule: Mapping[str, Any], vpc_cidr: str) -> Iterator[IngressRule]:
    protocol = str(rule.get("protocol") or rule.get("ip_protocol") or "")
    first, last = rule.get("from_port"), rule.get("to_port")
    everything = protocol in _ALL or (first, last) == (0, 65535)
    port = first if isinstance(first, int) else 0
    ranges = [text for name in _RANGES[:2] for text in rule.get(name) or ()]
    ranges += [rule[name] for name in _RANGES[2:] if rule.get(name)]
    sources = {"world" if text in _WORLD else "own" if text == vpc_cidr else "some" for text in ranges}
    named = ("security_groups", "source_security_group_id", "referenced_security_group_id", "self")
    if any(rule.get(name) for name in named):
        sources.add("own")
    yield from (IngressRule(port=port, everything=everything, source=source) for source in sorted(sources))


def optional_parts(state: ExistingState, *, recommended: bool) -> Iterator[tuple[str, bool | str]]:
    """Yield the settings for the parts that a state of profile `recommended` lacks: an adoption creates nothing.

    The profile `original` never has either.
    """
    if recommended:
        yield from ((setting, False) for setting, sign in _SIGNS.items() if not any(state.of(sign)))
        warned = _warned(state)
        if warned is not None:
            yield "alarm_email", warned


def _warned(state: ExistingState) -> str | None:
    """Return the address that alarms are mailed to, when exactly one is."""
    topics = {
        action
        for alarm in state.of("aws_cloudwatch_metric_alarm")
        for action in alarm.values.get("alarm_actions") or ()
    }
    found = {
        subscription.text("endpoint")
        for subscription in state.of("aws_sns_topic_subscription")
        if subscription.text("protocol") == "email" and subscription.text("topic_arn") in topics
    } - {""}
    return found.pop() if len(found) == 1 else None


def whole_number(value: object) -> int | None:
    """Return a value as a whole number; None when it is none."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return int(number) if math.isfinite(number) and number == int(number) else None
