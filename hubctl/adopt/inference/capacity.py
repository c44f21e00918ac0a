"""What a state tells of how a group gets its instances: warm pool, further types, spot.

Settings say so only where ours would write the same. Another author's pool or policy is kept literally, as it is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hubctl.adopt.inference.clues import whole_number
from hubctl.adopt.state.existing import Existing, ExistingState

STATES = {"Stopped": "stopped", "Hibernated": "hibernated"}
# As hub_constructs.shared.group_capacity writes it
ALLOCATION = {
    "on_demand_allocation_strategy": "prioritized",
    "spot_allocation_strategy": "price-capacity-optimized",
}


def pool_settings(
    state: ExistingState, group: Existing | None, *, recommended: bool, size: str
) -> Iterator[tuple[str, Any]]:
    """Yield the settings of the warm pool, with ``size`` as the name of that of its size.

    A pool of ours has the hook at which instances wait until they are ready. An adoption creates none, so without it the
    setting says that there is no pool, also where the profile would have one.
    """
    pool = group.first("warm_pool") if group is not None else {}
    kind = STATES.get(str(pool.get("pool_state")))
    kept = None if group is None else _size(group, pool)
    if group is not None and kind is not None and kept is not None and _launching_hook(state, group):
        yield "warm_pool", kind
        yield size, kept
        if _first(pool.get("instance_reuse_policy")).get("reuse_on_scale_in") is not True:
            yield "warm_pool_reuse", False
    elif recommended:
        yield "warm_pool", "off"


def type_settings(
    group: Existing | None, launch: Existing | None, *, types: str, spot: bool
) -> Iterator[tuple[str, Any]]:
    """Yield the further types, in ``types``, and those of spot workers where the design has them."""
    policy = group.first("mixed_instances_policy") if group is not None else {}
    distribution = _first(policy.get("instances_distribution"))
    found = _overrides(policy)
    if (
        launch is None
        or not found
        or any(distribution.get(key) != value for key, value in ALLOCATION.items())
    ):
        return
    base = whole_number(distribution.get("on_demand_base_capacity"))
    percent = whole_number(distribution.get("on_demand_percentage_above_base_capacity"))
    if found[0] != launch.text("instance_type") or not (spot or (base, percent) == (0, 100)):
        return
    if found[1:]:
        yield types, found[1:]
    if spot and (base, percent) != (0, 100):
        yield "worker_spot", "on"
        yield "worker_on_demand_base", base
        yield "worker_on_demand_percent", percent


def _overrides(policy: Mapping[str, Any]) -> list[str]:
    """Return the types of a policy; none where it says anything else of them, such as weights."""
    overrides = _first(policy.get("launch_template")).get("override") or []
    plain = [one for one in overrides if set(_given(one)) == {"instance_type"}]
    return [str(one["instance_type"]) for one in plain] if len(plain) == len(overrides) else []


def _given(block: Mapping[str, Any]) -> list[str]:
    return [name for name, value in block.items() if value not in (None, "", [], {})]


def _first(blocks: Any) -> dict[str, Any]:
    return dict(blocks[0]) if isinstance(blocks, list) and blocks and isinstance(blocks[0], dict) else {}


def _size(group: Existing, pool: Mapping[str, Any]) -> int | None:
    """Return the size of a pool as ours would be written: of one size, or as many as the group can still grow by."""
    fewest, prepared = (whole_number(pool.get(key)) for key in ("min_size", "max_group_prepared_capacity"))
    smallest, largest = (whole_number(group.values.get(key)) for key in ("min_size", "max_size"))
    room = None if smallest is None or largest is None else max(0, largest - smallest)
    if not fewest and prepared in (None, -1):
        return room
    return fewest if fewest == prepared and fewest is not None and (room is None or fewest < room) else None


def _launching_hook(state: ExistingState, group: Existing) -> bool:
    return any(
        "LAUNCHING" in hook.text("lifecycle_transition")
        and hook.text("autoscaling_group_name") == group.text("name")
        and hook.text("name").endswith("-launching")
        for hook in state.of("aws_autoscaling_lifecycle_hook")
    )
