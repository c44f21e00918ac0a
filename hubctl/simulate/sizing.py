"""Settings for so many users: the row of the defaults' table, its warm pool, and the timetable that a scenario announces."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hubctl.core.errors import BadInputError
from hubctl.scaling.lifecycle import LAUNCHING, LifecycleHook
from hubctl.scaling.policies import Policy, StepPolicy, TargetTrackingPolicy
from hubctl.scaling.scheduled import ScheduledAction
from hubctl.scaling.warm_pool import WarmPoolSettings
from hubctl.simulate.comparisons import POOLED_WARMUP
from hubctl.simulate.durations import MINUTE
from hubctl.simulate.model import StackModel
from hubctl.simulate.scenarios import AnnouncedClass
from hubctl.simulate.schedules import instances_for
from stacks.settings.crowd_sizes import RowValue, table
from stacks.timetable.model import LEAD_MINUTES

LEAD_SECONDS = LEAD_MINUTES * MINUTE


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
    kept = size if size < group.max_size - group.min_size else None  # else as many as the group can grow by
    hook = LifecycleHook(
        name=f"{group.name}-launching", transition=LAUNCHING, heartbeat=1800, default="CONTINUE"
    )
    warm = WarmPoolSettings(min_size=kept or 0, max_prepared=kept, reuse_on_scale_in=True)
    policies = tuple(map(_warmed_up_soon, model.policies))
    group = replace(group, warm_pool=warm, hooks=(*group.hooks, hook), default_warmup=POOLED_WARMUP)
    return replace(model, group=group, policies=policies)


def _warmed_up_soon(policy: Policy) -> Policy:
    if isinstance(policy, StepPolicy) and policy.warmup is not None:
        return replace(policy, warmup=POOLED_WARMUP)
    if isinstance(policy, TargetTrackingPolicy) and policy.warmup is not None:
        return replace(policy, warmup=POOLED_WARMUP)
    return policy


def announced(model: StackModel, classes: Sequence[AnnouncedClass]) -> StackModel:
    """Return the stack with scheduled actions for classes: up a lead time before each, back at its end."""
    base = model.group.min_size
    actions = []
    for number, each in enumerate(classes, 1):
        needed = instances_for(each.users, 0, model.places)
        up = max(base, min(needed, model.group.max_size))
        begin = max(0.0, each.start - LEAD_SECONDS)
        actions += [
            ScheduledAction(name=f"class-{number}-up", start=begin, min_size=up),
            ScheduledAction(name=f"class-{number}-down", start=each.end, min_size=base),
        ]
    return replace(model, actions=tuple(actions))
