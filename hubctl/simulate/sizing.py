"""Settings for so many users: the row of the defaults' table, the timetable that a scenario announces, and what to compare with.

The numbers that results are compared with are those of the settings before there were timetables, and of the cheapest ones
without a timetable that serve everybody.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hubctl.core.errors import BadInputError
from hubctl.scaling.lifecycle import LAUNCHING, LifecycleHook
from hubctl.scaling.policies import Policy, StepPolicy, TargetTrackingPolicy
from hubctl.scaling.scheduled import ScheduledAction
from hubctl.scaling.warm_pool import WarmPoolSettings
from hubctl.simulate.durations import MINUTE
from hubctl.simulate.model import StackKind, StackModel
from hubctl.simulate.scenarios import AnnouncedClass
from stacks.settings.crowd_sizes import RowValue, table

LEAD_SECONDS = 12 * MINUTE  # before a class: few come earlier, and AWS may be two minutes late
POOLED_WARMUP = 60.0  # as the stacks set it for a group with a warm pool
POOL_VARIABLES: Mapping[StackKind, str] = {"lab": "warm_pool_size", "hub": "worker_warm_pool_size"}
SIZES: Mapping[StackKind, tuple[str, str]] = {
    "lab": ("min_size", "max_size"),
    "hub": ("worker_min_size", "worker_max_size"),
}
SPARE: Mapping[StackKind, str] = {"lab": "spare_places", "hub": "hub_spare_places"}
# What `recommended` began with before timetables, warm pools, spare places and packing
BEFORE: Mapping[StackKind, Mapping[str, int]] = {
    "lab": {
        "min_size": 1,
        "max_size": 4,
        "scale_up_threshold": 8,
        "scale_down_threshold": 3,
        "spare_places": 0,
    },
    "hub": {
        "worker_min_size": 1,
        "worker_max_size": 5,
        "worker_cpu_target_percent": 40,
        "hub_spare_places": 0,
        "hub_max_users": 50,
        "hub_max_cluster_memory_gib": 160,
    },
}
# Taken from the row all the same, so that both serve everybody
LIMITS: Mapping[StackKind, tuple[str, ...]] = {
    "lab": ("max_size",),
    "hub": ("worker_max_size", "hub_max_users", "hub_max_cluster_memory_gib"),
}


def row_for(stack: str, users: int) -> tuple[int, Mapping[str, RowValue]]:
    """Return the row of the defaults' table for ``users``: the next larger one, and the number of its users.

    Raises:
        BadInputError: The table ends before.

    """
    rows = table(stack)
    found = next((size for size in rows if size >= users), None)
    if users < 1 or found is None:
        raise BadInputError(
            f"--sized-for {users}: the defaults' table of {stack} has rows for {', '.join(map(str, rows))} users",
            remedy="Give a number from 1 to the largest of them, or the variables themselves with --var.",
        )
    return found, rows[found]


def with_pool(model: StackModel, size: int) -> StackModel:
    """Return the stack with a warm pool of so many stopped instances; as it is when it has one, or without a size."""
    if model.group.warm_pool is not None or size <= 0 or model.spot:
        return model
    group = model.group
    kept = min(size, group.max_size - group.min_size)
    hook = LifecycleHook(
        name=f"{group.name}-launching", transition=LAUNCHING, heartbeat=1800, default="CONTINUE"
    )
    warm = WarmPoolSettings(min_size=kept, max_prepared=kept, reuse_on_scale_in=True)
    policies = tuple(map(_warmed_up_soon, model.policies))
    group = replace(group, warm_pool=warm, hooks=(*group.hooks, hook), default_warmup=POOLED_WARMUP)
    return replace(model, group=group, policies=policies)


def _warmed_up_soon(policy: Policy) -> Policy:
    if isinstance(policy, StepPolicy) and policy.warmup is not None:
        return replace(policy, warmup=POOLED_WARMUP)
    if isinstance(policy, TargetTrackingPolicy) and policy.warmup is not None:
        return replace(policy, warmup=POOLED_WARMUP)
    return policy


def announced(model: StackModel, classes: Sequence[AnnouncedClass], spare: int) -> StackModel:
    """Return the stack with scheduled actions for classes: up a lead time before each, back at its end."""
    base = model.group.min_size
    actions = []
    for number, each in enumerate(classes, 1):
        needed = math.ceil((each.users + spare) / model.places)
        up = max(base, min(needed, model.group.max_size))
        begin = max(0.0, each.start - LEAD_SECONDS)
        actions += [
            ScheduledAction(name=f"class-{number}-up", start=begin, min_size=up),
            ScheduledAction(name=f"class-{number}-down", start=each.end, min_size=base),
        ]
    return replace(model, actions=tuple(actions))


def before(model: StackModel) -> StackModel:
    """Return the stack without what came with timetables."""
    group = replace(model.group, warm_pool=None)
    return replace(model, packs=False, actions=(), group=group)


def without_timetable(kind: StackKind, row: Mapping[str, RowValue]) -> Iterator[Mapping[str, RowValue]]:
    """Yield settings without a timetable that might serve everybody: smallest sizes, spare places and the warm pool."""
    smallest, largest = SIZES[kind]
    most = int(row[largest])
    pools = sorted({0, int(row.get(POOL_VARIABLES[kind], 0))})
    for fewest in sorted({1, 2, most // 4 or 1, most // 2 or 1, most}):
        for spare in (0, 6, 12, 24, 48):
            for pool in pools:
                yield {**row, smallest: fewest, SPARE[kind]: spare, POOL_VARIABLES[kind]: pool}
