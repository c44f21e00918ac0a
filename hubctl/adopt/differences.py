"""Says what of a plan is left between the existing deployment and ours, and what would make it match."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubctl.adopt.improvements import NEVER
from hubctl.adopt.keeping import Offer
from hubctl.adopt.plan_changes import AttributeChange, PlannedChange
from hubctl.adopt.secrets.gate import HIDDEN, is_secret, shown
from hubctl.adopt.state.existing import Existing, is_empty, mean_the_same

# Settings by which a design is written in another form, by the resource types that they add or take away.
_SETTING_OF_TYPE: Mapping[str, str] = {
    "aws_security_group_rule": "security_group_rules",
    "aws_vpc_security_group_ingress_rule": "security_group_rules",
    "aws_vpc_security_group_egress_rule": "security_group_rules",
    "aws_route": "routes",
    "aws_iam_role_policy": "instance_policy",
    "aws_iam_policy": "instance_policy",
    "aws_iam_role_policy_attachment": "instance_policy",
    "aws_launch_template": "launch",
    "aws_launch_configuration": "launch",
    "aws_autoscaling_attachment": "target_attachment",
    "aws_acm_certificate_validation": "certificate_wait",
    "aws_efs_file_system": "shared_homes",
    "aws_efs_mount_target": "shared_homes",
    "aws_efs_file_system_policy": "shared_homes",
    "aws_autoscaling_lifecycle_hook": "drain_hook",
    "aws_cloudwatch_log_group": "log_group",
    "aws_s3_bucket": "access_logs",
    "aws_subnet": "zone_count",
}
# What the state has too many of need not be ours in another form.
_OFTEN_UNRELATED = frozenset({"aws_cloudwatch_log_group", "aws_s3_bucket", "aws_subnet"})


@dataclass(frozen=True, kw_only=True)
class AttributeDifference:
    """One attribute that differs. ``change`` says which parts of it do, in full; values are fit to be shown."""

    name: str
    existing: str
    planned: str
    change: str
    forces_replacement: bool


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One resource that a plan would create, destroy, replace or update, and what makes it match."""

    address: str
    action: str
    attributes: tuple[AttributeDifference, ...]
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Offered:
    """An improvement in place that was not asked for: ``name`` is ``ADDRESS.ARGUMENT``, ``group`` that of ``--improve``."""

    name: str
    group: str
    change: str
    notice: str


class Explainer:
    """Explains the changes of a plan against what is known of both sides."""

    def __init__(
        self,
        blocks: Mapping[str, Mapping[str, Any]],
        existing: Iterable[Existing],
        settings: Iterable[str],
        ids: Mapping[str, str],
        possible: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Take our synthesized resources, the existing ones, the stack's settings, and ids to import by address.

        ``possible`` maps our addresses to existing resources that are nothing of ours yet and could be them.
        """
        self._blocks = blocks
        self._existing = {resource.address: resource for resource in existing}
        self._settings = set(settings)
        self._ids = ids
        self._possible = possible or {}

    def explain(self, change: PlannedChange) -> Difference:
        """Return what a change means to the operator."""
        remedies = {"create": self._created, "delete": self._deleted}
        remedy = remedies.get(change.action, self._changed)(change)
        before = self._existing.get(change.previous_address or change.address)
        hidden = before.sensitive if before else frozenset()
        return Difference(
            address=change.address,
            action=change.action,
            attributes=tuple(_attribute(attribute, hidden) for attribute in change.attributes),
            remedy=remedy,
        )

    def offered(self, offer: Offer) -> Offered:
        """Return an improvement as the operator chooses it."""
        return Offered(
            name=f"{offer.address}.{offer.change.name}",
            group=offer.improvement.group,
            change="; ".join(changed_parts(offer.change.name, offer.change.before, offer.change.after)),
            notice=offer.improvement.notice,
        )

    def foreign(self, resource: Existing) -> Difference:
        """Return what becomes of a resource of another provider, which the stacks do not have."""
        remedy = (
            f"it belongs to the provider {resource.provider.partition('.')[0]}, which the stacks do not use; "
            f"to let go of it without destroying it: --forget '{resource.resource}'"
        )
        return Difference(address=resource.address, action="delete", attributes=(), remedy=remedy)

    def blocked(self, address: str, carried_as: str) -> Difference:
        """Return what becomes of one of ours whose address the state has for something that is carried on."""
        remedy = (
            f"the existing {address} is something else, and is carried on as {carried_as}: if that does the work of ours, "
            f"--leave-out {address}; if both are wanted, rename it in the existing configuration first: "
            f"terraform state mv '{address}' '{address}_old', and its name in the code"
        )
        return Difference(address=address, action="create", attributes=(), remedy=remedy)

    def _created(self, change: PlannedChange) -> str:
        known = self._ids.get(change.address)
        identifier = known or "ID"
        choices = [
            f"if it exists in AWS: --import {change.address}={identifier}"
            + ("" if known else " (with the id that `terraform import` takes)"),
        ]
        same = self._possible.get(change.address)
        if same:
            choices.append(f"if it is one of the state's: --match {change.address}='{same[0]}'")
        choices.append(f"if it is not wanted and nothing needs it: --leave-out {change.address}")
        return "; ".join([*self._form(change.type), *choices])

    def _deleted(self, change: PlannedChange) -> str:
        if change.deposed:
            return "an interrupted replacement left it behind: finish that with `terraform apply` in the existing configuration"
        forms = [] if change.type in _OFTEN_UNRELATED else self._form(change.type)
        return "; ".join(
            [
                *forms,
                f"to go on managing it as it is: --carry '{change.address}'",
                f"to let go of it without destroying it: --forget '{change.address}'",
            ]
        )

    def _changed(self, change: PlannedChange) -> str:
        if change.reason == "replace_because_tainted":
            there = change.previous_address or change.address
            return f"it is marked as tainted: `terraform untaint '{there}'` in the existing configuration, if it is sound"
        found = []
        for attribute in change.attributes:
            if change.action == "replace" and not attribute.forces_replacement:
                continue
            if change.action == "update" and attribute.name in NEVER:
                continue  # AWS counts these; an author never writes them
            variables = self._variables(change.address, attribute.name)
            old = HIDDEN if attribute.secret else shown(attribute.name, attribute.before, longest=60)
            if len(variables) == 1 and old != HIDDEN and isinstance(attribute.before, str | int | float):
                found.append(f"--var {variables[0]}={attribute.before}")
            elif attribute.after_known or change.action == "update":
                found.append(f"--keep {change.address}.{attribute.name}")
            else:
                found.append(f"{attribute.name} follows from another difference: settle that first")
        if not found and change.action == "update":
            return "nothing to settle: only what is computed changes, such as tags_all"
        return "; ".join(dict.fromkeys(found)) or "settle the other differences first: this follows from them"

    def _variables(self, address: str, attribute: str) -> list[str]:
        text = json.dumps(self._blocks.get(address, {}).get(attribute, ""), default=str)
        found = re.findall(r"var\.([a-z][a-z0-9_]*)", text)
        whole = re.fullmatch(r'"\$\{(?:tostring\()?var\.[a-z0-9_]+\)?\}"', text)
        return sorted(set(found)) if whole else []

    def _form(self, kind: str) -> list[str]:
        setting = _SETTING_OF_TYPE.get(kind)
        return (
            [f"if it is only written in another form: --settings {setting}=…"]
            if setting in self._settings
            else []
        )


def _attribute(attribute: AttributeChange, hidden: frozenset[str]) -> AttributeDifference:
    secret = attribute.secret or attribute.name in hidden
    sensitive = {attribute.name} if secret else set()
    existing = shown(attribute.name, attribute.before, sensitive)
    planned = shown(attribute.name, attribute.after, sensitive)
    if HIDDEN in (existing, planned):
        change = f"{attribute.name}: {HIDDEN}"
    elif attribute.after_known:
        change = "\n".join(changed_parts(attribute.name, attribute.before, attribute.after))
    else:
        change = f"{attribute.name}: {existing} → known after apply"
    return AttributeDifference(
        name=attribute.name,
        existing=existing,
        planned=planned if attribute.after_known or planned == HIDDEN else "known after apply",
        change=change,
        forces_replacement=attribute.forces_replacement,
    )


def changed_parts(path: str, before: Any, after: Any) -> Iterator[str]:
    """Yield a line for each part of an attribute that differs, with both values in full."""
    if mean_the_same(before, after):
        return
    if is_secret(path.rpartition(".")[2]):
        yield f"{path}: {HIDDEN}"
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from changed_parts(f"{path}.{key}", before.get(key), after.get(key))
    elif _blocks(before) and _blocks(after):
        for number in range(max(len(before), len(after))):
            old = before[number] if number < len(before) else None
            new = after[number] if number < len(after) else None
            yield from changed_parts(f"{path}[{number}]", old, new)
    else:
        yield f"{path}: {_whole(before)} → {_whole(after)}"


def _blocks(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _whole(value: Any) -> str:
    if isinstance(value, Mapping):
        parts = ", ".join(
            f"{key} = {_whole_of(key, item)}" for key, item in value.items() if not is_empty(item)
        )
        return f"{{{parts}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_whole, value))}]"
    return "not set" if value in (None, "") else json.dumps(value, ensure_ascii=False)


def _whole_of(key: str, value: Any) -> str:
    return HIDDEN if is_secret(key) else _whole(value)
