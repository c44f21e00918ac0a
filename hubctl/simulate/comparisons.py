"""What settings are compared with: those of before there were timetables, and the cheapest ones without a timetable.

``before`` is literally what the profile `recommended` began with in the commit a3f90ff, with its largest sizes; beside it
stands the same with enough instances for everybody.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from hubctl.scaling.alarms import Alarm
from hubctl.scaling.lifecycle import LAUNCHING
from hubctl.scaling.policies import Policy, ScalingStep, StepPolicy
from hubctl.simulate.model import StackKind, StackModel
from hubctl.simulate.stack_reading import HUB_USER_GIB, KINDS, LAB_USER_GIB
from stacks.settings.capacity import GROUP_SETTINGS, GroupSettings
from stacks.settings.crowd_sizes import RowValue
from stacks.settings.node_rules import WORKER_RESERVE_GIB
from stacks.settings.scaling_guards import capacity, instance_type

GROUPS: Mapping[StackKind, GroupSettings] = {kind: GROUP_SETTINGS[stack] for stack, kind in KINDS.items()}
BEFORE: Mapping[StackKind, Mapping[str, RowValue]] = {
    "lab": {
        "instance_type": "m6i.xlarge",
        "min_size": 1,
        "max_size": 4,
        "scale_up_threshold": 8,
        "scale_down_threshold": 3,
        "spare_places": 0,
    },
    "hub": {
        "worker_instance_type": "m6i.xlarge",
        "worker_min_size": 1,
        "worker_max_size": 5,
        "worker_cpu_target_percent": 40,
        "hub_spare_places": 0,
        "hub_max_users": 50,
        "hub_max_cluster_memory_gib": 160,
    },
}
# Until an instance counts, with and without a warm pool, as the stacks set it
WARMUP: Mapping[StackKind, float] = {"lab": 300.0, "hub": 420.0}
POOLED_WARMUP = 60.0
FEWEST_SHARES = (0, 0.25, 0.5, 1)  # of the largest size
SPARE_TRIED = (0, 4, 12, 24, 48)


def places_of(kind: StackKind, name: str) -> int:
    """Return how many users an instance type holds with the default memory of a user; 0 when it is not known."""
    size = instance_type(name)
    if size is None:
        return 0
    if kind == "lab":
        return capacity(size.memory_gib, LAB_USER_GIB)
    return max(0, int((size.memory_gib - WORKER_RESERVE_GIB) / HUB_USER_GIB))


def before(model: StackModel) -> StackModel:
    """Return the stack without what came with timetables: packing, scheduled actions and the warm pool with its hook."""
    group, kind = model.group, model.kind
    hooks = tuple(hook for hook in group.hooks if hook.transition != LAUNCHING)
    warmup = group.default_warmup
    if warmup == POOLED_WARMUP:
        warmup = WARMUP[kind]
    return replace(
        model,
        packs=False,
        actions=(),
        group=replace(group, warm_pool=None, hooks=hooks, default_warmup=warmup),
        policies=tuple(_single(_slower(policy, WARMUP[kind])) for policy in model.policies),
        alarms=tuple(map(_on_sessions, model.alarms)),
    )


def _single(policy: Policy) -> Policy:
    """Return a policy that takes away instances by the number of free places as the one for a single instance."""
    if isinstance(policy, StepPolicy) and all(step.adjustment < 0 for step in policy.steps):
        return replace(policy, steps=(ScalingStep(adjustment=-1, upper=0),))
    return policy


def _on_sessions(alarm: Alarm) -> Alarm:
    """Return an alarm over sessions and free places as one over the sessions, with the threshold of then."""
    if not alarm.expression:
        return alarm
    threshold = float(BEFORE["lab"]["scale_down_threshold"])
    return replace(alarm, comparison="LessThanThreshold", threshold=threshold, queries=(), expression="")


def _slower(policy: Policy, warmup: float) -> Policy:
    if isinstance(policy, StepPolicy) and policy.warmup == POOLED_WARMUP:
        return replace(policy, warmup=warmup)
    return policy


def with_enough(kind: StackKind, users: int) -> Mapping[str, RowValue]:
    """Return the settings of before with as many instances, and as high limits, as ``users`` at once need."""
    old = BEFORE[kind]
    largest = GROUPS[kind].largest
    places = places_of(kind, str(old[GROUPS[kind].type]))
    if kind == "lab":
        places = min(places, int(old["scale_up_threshold"]))
    most = min(100, max(int(old[largest]), math.ceil(users / places) + 1))
    if kind == "lab":
        return {**old, largest: most}
    memory = max(int(old["hub_max_cluster_memory_gib"]), math.ceil(users * HUB_USER_GIB))
    return {
        **old,
        largest: most,
        "hub_max_users": max(int(old["hub_max_users"]), users),
        "hub_max_cluster_memory_gib": memory,
    }


def without_timetable(kind: StackKind, row: Mapping[str, RowValue]) -> Iterator[Mapping[str, RowValue]]:
    """Yield settings without a timetable that might serve everybody: types, smallest sizes, spare places, warm pools.

    The types are that of the row and that of before; of another type there are as many instances as hold as many users.
    """
    smallest, largest = GROUPS[kind].smallest, GROUPS[kind].largest
    default = str(BEFORE[kind][GROUPS[kind].type])
    own = str(row.get(GROUPS[kind].type, default))
    held = int(row[largest]) * places_of(kind, own)
    for name in sorted({own, default}):
        places = places_of(kind, name)
        most = int(row[largest]) if name == own else min(100, math.ceil(held / max(1, places)))
        pools = sorted({0, most - 1 if GROUPS[kind].pool in row else 0})
        thresholds = (
            {}
            if kind == "hub"
            else {"scale_up_threshold": places, "scale_down_threshold": max(0, places - 1)}
        )
        for fewest in sorted({max(1, int(most * share)) for share in FEWEST_SHARES}):
            for spare in SPARE_TRIED:
                for pool in pools:
                    yield {
                        **row,
                        GROUPS[kind].type: name,
                        smallest: fewest,
                        largest: most,
                        GROUPS[kind].spare: spare,
                        GROUPS[kind].pool: pool,
                        **thresholds,
                    }
