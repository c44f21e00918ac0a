"""Auto scaling groups and their lifecycle hooks of Terraform JSON, as the engine wants them."""

from collections.abc import Mapping, Sequence
from typing import Any

from hubctl.scaling.group import DEFAULT_COOLDOWN, GroupSpec
from hubctl.scaling.instances import Hook


def group_from(raw: Mapping[str, Any], hooks: Sequence[Mapping[str, Any]]) -> GroupSpec:
    """Return an ``aws_autoscaling_group`` whose expressions are resolved, with its hooks.

    Raises:
        ValueError, KeyError: Something is missing, is no number, or the sizes contradict each other.

    """
    warmup = raw.get("default_instance_warmup")
    smallest, largest = int(number(raw["min_size"])), int(number(raw["max_size"]))
    if not 0 <= smallest <= largest:
        raise ValueError(f"the smallest size {smallest} is not between 0 and the largest, {largest}")
    return GroupSpec(
        name=str(raw["name"]),
        min_size=smallest,
        max_size=largest,
        zones=tuple(f"zone {place}" for place, _ in enumerate(raw.get("vpc_zone_identifier", [1]), 1)),
        default_cooldown=number(raw.get("default_cooldown", DEFAULT_COOLDOWN)),
        default_warmup=None if warmup is None else number(warmup),
        protect_new=bool(raw.get("protect_from_scale_in", False)),
        termination_policies=tuple(raw.get("termination_policies") or ("Default",)),
        hooks=tuple(
            Hook(
                name=str(hook["name"]),
                transition=hook["lifecycle_transition"],
                heartbeat=number(hook.get("heartbeat_timeout", 3600)),
                default=hook.get("default_result", "ABANDON"),
            )
            for hook in hooks
        ),
    )


def number(value: Any) -> float:
    """Return a number that Terraform may write as a text; raise ValueError with what is there instead."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is not a number that is known before an apply") from None
