"""Which changes of the catalogue a plan holds, and what people at work notice of them.

The plan is the JSON of ``terraform show -json PLAN``; the sentences are printed after the plan itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from hubctl.core.console import Writer
from hubctl.core.files import object_or_none
from hubctl.core.terraform.plan import ResourceChange, plan_from_json
from hubctl.plan.change_catalogue import CHANGES, EFFECTS, HUB, REPLACEMENTS, NoticedChange

LEADER = "hub-leader"
CONTRACT = "/contract"
# Arguments of aws_instance for which the AWS provider stops the instance and starts it again (its page on that resource)
STOPPING = frozenset({"instance_type", "user_data", "user_data_base64", "ebs_optimized", "cpu_options"})
LAUNCHING = frozenset({"aws_launch_template", "aws_launch_configuration"})
# Keys of the contract's `hub` → the change that another value is; what is not named here are limits of the hub
_OF_HUB: Mapping[str, str] = {
    "user_memory_gib": "server-size",
    "user_cpus": "server-size",
    "user_disk_gib": "server-size",
    "notebook_image": "notebook-image",
    "hub_image": "hub-image",
    "user_domains": "user-domains",
}
_PEOPLE = ("allowed_users", "allowed_groups", "admin_users", "admin_groups")
_GRAVITY = ("ends", "later", "pause", "nothing")
PAGE = "docs/reference/changes.md"
_STYLES = {"ends": "bold red", "later": "yellow", "pause": "yellow", "nothing": "green"}


@dataclass(frozen=True, kw_only=True)
class Recognized:
    """A change that a plan holds; ``because`` names what shows it: an address, or settings of the contract."""

    change: NoticedChange
    because: str


def recognize(document: Mapping[str, Any], stack: str) -> list[Recognized]:
    """Return what people at work would notice of a plan, the gravest first, each change once."""
    found: dict[str, Recognized] = {}
    entries = document.get("resource_changes", [])
    for entry, change in zip(entries, plan_from_json(document).changes, strict=True):
        if change.mode == "managed" and change.action in ("update", "replace", "delete"):
            for seen in _recognized(entry["change"], change, stack):
                found.setdefault(seen.change.title, seen)
    return sorted(found.values(), key=lambda seen: _GRAVITY.index(seen.change.effect))


# Arguments of a group by the change that they are
_OF_GROUP: Mapping[str, frozenset[str]] = {
    "scaling": frozenset({"min_size", "max_size"}),
    "warm-pool": frozenset({"warm_pool"}),
    "instance-types": frozenset({"mixed_instances_policy"}),
}


def _recognized(values: Mapping[str, Any], change: ResourceChange, stack: str) -> Iterator[Recognized]:
    ends = change.action in ("replace", "delete")
    name = change.address.rpartition(".")[2]
    changed = set(change.changed_attributes)
    if change.type in LAUNCHING:
        yield Recognized(
            change=CHANGES["worker-image" if stack == HUB else "lab-image"], because=change.address
        )
    elif change.type == "aws_instance":
        if name == LEADER and ends:
            yield Recognized(change=CHANGES["leader"], because=change.address)
        elif not ends and changed & STOPPING:
            yield Recognized(change=CHANGES["stopped-instance"], because=change.address)
    elif change.type in REPLACEMENTS and (ends or change.type == "aws_route53_record"):
        yield Recognized(change=REPLACEMENTS[change.type], because=change.address)
    elif change.type == "aws_autoscaling_group":
        keys = [key for key, arguments in _OF_GROUP.items() if changed & arguments]
        yield from (Recognized(change=CHANGES[key], because=change.address) for key in keys)
    elif change.type == "aws_ssm_parameter" and not ends:
        before, after = (_contract(values.get(side)) for side in ("before", "after"))
        if before and after:
            yield from _settings(before, after)


def _contract(parameter: Any) -> Mapping[str, Any]:
    """Return what the contract says, nothing for any other parameter or where the value is not known yet."""
    if not isinstance(parameter, Mapping) or not str(parameter.get("name", "")).endswith(CONTRACT):
        return {}
    document = object_or_none(str(parameter.get("value") or ""))
    found = document.get("chef_hub") if document else None
    return found if isinstance(found, dict) else {}


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Recognized]:
    if before.get("tls") != after.get("tls"):
        yield Recognized(change=CHANGES["certificate"], because="hub_tls_…")
    old, new = (_mapping(side.get("hub")) for side in (before, after))
    for key in sorted({*old, *new} - {"login"}):
        if old.get(key) != new.get(key):
            yield Recognized(change=CHANGES[_OF_HUB.get(key, "hub-limits")], because=f"hub_{_short(key)}")
    yield from _login(_mapping(old.get("login")), _mapping(new.get("login")))


def _login(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Recognized]:
    for key in sorted({*old, *new} - set(_PEOPLE)):
        if old.get(key) != new.get(key) and not (key == "allow_all" and new.get(key)):
            yield Recognized(change=CHANGES["login"], because=f"hub_login_{key}")
    for key in _PEOPLE:
        were, are = (_texts(side.get(key)) for side in (old, new))
        if were - are:
            kind = "admin-removed" if key.startswith("admin") else "user-removed"
            yield Recognized(
                change=CHANGES[kind], because=f"hub_login_{key}: {', '.join(sorted(were - are))}"
            )
        if are - were:
            yield Recognized(change=CHANGES["people-added"], because=f"hub_login_{key}")
    if new.get("allow_all") and not old.get("allow_all"):
        yield Recognized(change=CHANGES["people-added"], because="hub_login_allow_all")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> set[str]:
    return {each for each in value if isinstance(each, str)} if isinstance(value, list) else set()


def _short(key: str) -> str:
    return key.removeprefix("hub_")


def print_recognized(found: Sequence[Recognized], console: Writer) -> None:
    """Print each change with what is seen of it; the gravest come first, as they stand."""
    console.say()
    if not found:
        console.say(f"people at work notice none of this, as far as {PAGE} knows")
        return
    console.say(f"what people at work notice of it ({PAGE}):")
    for seen in found:
        change = seen.change
        style = _STYLES[change.effect]
        console.say(
            f"{change.title} ({seen.because})",
            label=Text(f"  {EFFECTS[change.effect]}: ", style=style),
            hang=4,
        )
        console.say(f"    {change.seen}")
        if change.lasts != "-":
            console.say(f"    For how long: {change.lasts}.")
        if change.lost != "nothing":
            console.say(f"    Lost: {change.lost}.")
    if any(not seen.change.keeps_kernels for seen in found):
        text = "this plan ends servers of people at work: apply it when they know, or in a maintenance"
        console.say(text, label=Text("warning: ", style="red"))
