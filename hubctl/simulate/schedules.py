"""A stack's own scheduled actions: read from its synthesized JSON, and placed in the time of a simulation.

Those of a timetable are one resource for many actions (``for_each``), whose sizes Terraform reckons from locals; others, such
as those of an adopted state, are plain resources. Their times are moments of UTC, so that they take part only where the
arrivals say on which days they are.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hubctl.core.configuration.stack import Expressions
from hubctl.scaling.scheduled import ScheduledAction, due_actions
from hubctl.simulate.model import StackModel

KIND = "aws_autoscaling_schedule"
TIMETABLE, AHEAD = "${local.timetable_ahead}", "timetable_actions"
_UNCHANGED = -1  # the provider leaves such a size out of the action


def instances_for(users: int, spare: int, places: int) -> int:
    """Return how many instances with so many places hold the users of a class and its spare places, as Terraform reckons."""
    return math.ceil((users + spare) / max(1, places))


def read_schedule(
    configuration: Mapping[str, Any], expressions: Expressions, group: str, *, ordinary: int, places: int
) -> tuple[ScheduledAction, ...]:
    """Return the scheduled actions of a group, in seconds since 1970.

    ``ordinary`` is its smallest size outside classes, ``places`` those of an instance.

    Raises:
        ValueError, KeyError: One of them cannot be read.

    """
    found: list[ScheduledAction] = []
    for raw in configuration.get("resource", {}).get(KIND, {}).values():
        if expressions.value(raw.get("autoscaling_group_name")) != group:
            continue
        if "for_each" not in raw:
            found.append(_single(expressions.value(raw)))
        elif raw["for_each"] == TIMETABLE:
            found += _of_timetable(configuration["locals"][AHEAD], ordinary, places)
        else:
            raise ValueError(f"the for_each {raw['for_each']!r} of its scheduled actions cannot be read")
    return tuple(found)


def _of_timetable(
    actions: Mapping[str, Mapping[str, Any]], ordinary: int, places: int
) -> Iterator[ScheduledAction]:
    for name, each in actions.items():
        recurrence = each["recurrence"] or None
        yield ScheduledAction(
            name=name,
            start=_moment(each["first"]),
            end=_moment(each["until"]) if recurrence else None,
            recurrence=recurrence,
            time_zone=each["zone"] or "UTC",
            min_size=max(ordinary, instances_for(int(each["users"]), int(each["spare"]), places)),
        )


def _single(raw: Mapping[str, Any]) -> ScheduledAction:
    return ScheduledAction(
        name=str(raw["scheduled_action_name"]),
        start=_moment(raw.get("start_time")),
        end=_moment(raw.get("end_time")),
        recurrence=raw.get("recurrence") or None,
        time_zone=raw.get("time_zone") or "UTC",
        min_size=_size(raw.get("min_size")),
        max_size=_size(raw.get("max_size")),
        desired=_size(raw.get("desired_capacity")),
    )


def _moment(text: str | None) -> float | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _size(value: Any) -> int | None:
    return None if value is None or int(float(value)) == _UNCHANGED else int(float(value))


def placed(model: StackModel, begin: float, seconds: float) -> StackModel:
    """Return the stack with its schedule in the time of a simulation that begins at ``begin``, in seconds since 1970.

    What has acted before says with which sizes the group begins.
    """
    group = model.group
    for _, action in sorted(_acted(model.schedule, begin), key=lambda one: one[0]):
        smallest = group.min_size if action.min_size is None else action.min_size
        largest = group.max_size if action.max_size is None else action.max_size
        if smallest <= largest:
            group = replace(group, min_size=smallest, max_size=largest)
    actions = tuple(
        replace(action, start=moment - begin, end=None, recurrence=None)
        for moment, action in due_actions(model.schedule, begin, begin + seconds)
    )
    return replace(model, group=group, actions=(*model.actions, *actions))


def _acted(actions: Sequence[ScheduledAction], begin: float) -> Iterator[tuple[float, ScheduledAction]]:
    for action in actions:
        moment = action.last_time(begin)
        if moment is not None:
            yield moment, action


def said_of_schedule(model: StackModel, begin: float | None, seconds: float) -> str:
    """Say what part the stack's schedule takes in a simulation; empty when the stack has none."""
    count = len(model.schedule)
    if not count:
        return ""
    named = f"{model.name} has {count} scheduled actions"
    if begin is None:
        return f"{named}, which take no part: these arrivals are on no particular days"
    due = len(due_actions(model.schedule, begin, begin + seconds))
    first = datetime.fromtimestamp(begin, UTC)
    last = datetime.fromtimestamp(begin + seconds, UTC)
    if due:
        return f"{named}, which act {due} times between {first:%Y-%m-%d} and {last:%Y-%m-%d}"
    return f"{named}, none of which acts between {first:%Y-%m-%d} and {last:%Y-%m-%d}"
