"""Adds scheduled scaling to a stack that has a timetable: what its group is told beforehand, and what a plan refuses."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup

from hub_constructs.core.stack import HubStack
from hub_constructs.shared.timetable import (
    NeededPlaces,
    Refusal,
    ScheduledNeed,
    Timetable,
    TimetableProps,
)
from stacks.settings.capacity import GROUP_SETTINGS
from stacks.settings.loading import Settings
from stacks.settings.node_rules import WORKER_RESERVE_GIB
from stacks.settings.scaling_guards import SYSTEM_GIB, families
from stacks.timetable.actions import MOST_ACTIONS, scheduled_actions
from stacks.timetable.windows import windows

# What an instance keeps for itself, in GiB
_RESERVED_GIB: Mapping[str, float] = {"aws-lab": SYSTEM_GIB, "chef-hub": WORKER_RESERVE_GIB}


def add_scheduled_scaling(stack: HubStack, name: str, group: AutoscalingGroup, settings: Settings) -> None:
    """Let the group follow the stack's timetable; without one, nothing is added.

    ``name`` is the stack's in the registry.
    """
    own: Any = getattr(settings, name.replace("-", "_"))
    timetable = settings.timetables.get(name)
    if timetable is None:
        return
    names = GROUP_SETTINGS[name]
    found = windows(timetable)
    Timetable(
        stack,
        "timetable",
        group,
        TimetableProps(
            file=str(own.timetable),
            actions=[
                ScheduledNeed(
                    name=action.name,
                    users=action.users,
                    spare=action.spare,
                    first=_time(action.first),
                    until=_time(action.until),
                    runs=[(_time(start), weeks) for start, weeks in action.runs],
                    recurrence=action.recurrence,
                    zone=action.zone if action.recurrence else None,
                )
                for action in scheduled_actions(found, timetable.zone)
            ],
            windows=[
                NeededPlaces(
                    start=_time(window.start), end=_time(window.end), users=window.users, spare=window.spare
                )
                for window in found
            ],
            most_actions=MOST_ACTIONS,
            memory_gib={
                f"{family}.{size}": numbers[1]
                for family, sizes in families().items()
                for size, numbers in sizes.items()
            },
            type_variable=names.type,
            other_types=getattr(own, names.types),
            user_gib_variable=names.user_gib,
            reserved_gib=_RESERVED_GIB[name],
            min_variable=names.smallest,
            max_variable=names.largest,
            refusals=_HUB_LIMITS if name == "chef-hub" else (),
        ),
    )


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


# What the hub admits: more users than that would be refused although workers are up for them.
_HUB_LIMITS = (
    Refusal(
        condition="local.timetable_users <= var.hub_max_users",
        message=(
            "hub_max_users = ${var.hub_max_users}: the timetable has ${local.timetable_users} users at one time, and the hub "
            "would refuse some of them. Raise hub_max_users to at least ${local.timetable_users}."
        ),
    ),
    Refusal(
        condition="local.timetable_users * var.hub_user_memory_gib <= var.hub_max_cluster_memory_gib",
        message=(
            "hub_max_cluster_memory_gib = ${var.hub_max_cluster_memory_gib}: the timetable has ${local.timetable_users} users at "
            "one time, with hub_user_memory_gib = ${var.hub_user_memory_gib} GiB each. Raise hub_max_cluster_memory_gib to at "
            "least ${local.timetable_users * var.hub_user_memory_gib}, or lower hub_user_memory_gib."
        ),
    ),
)
