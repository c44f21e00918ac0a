"""Scheduled actions: refused as AWS refuses them, kept for each group by itself, and gone once they never act again.

moto keeps whatever it is given, and one action of a name in the whole account. Without scaling an action is only kept; the
scaling loop carries it out (``hubctl.trial.aws.scaling``): within seconds, or as late as the group's tag says.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScheduledUpdateGroupAction.html
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeScheduledAction

from hubctl.scaling.scheduled import (
    LONGEST_DELAY,
    MOST_ACTIONS,
    SAME_START,
    ScheduledAction,
    due_actions,
)
from hubctl.trial.aws.extensions.autoscaling import group_named
from hubctl.trial.aws.extensions.patching import wrap

Key = tuple[str, str]  # group and action
# The actions of a group with this tag act so many seconds late, as those of AWS may: at most two minutes.
DELAY_TAG = "hubctl:local-aws:scheduled-action-delay"


class _Time:
    """Where the time comes from: a loop that runs faster puts its own clock here."""

    now: Callable[[], float] = staticmethod(time.time)


def tell_time_by(now: Callable[[], float]) -> None:
    """Let actions fall due by this clock, which gives seconds since the epoch."""
    _Time.now = staticmethod(now)


def acted_until(backend: Any, moment: float) -> None:
    """Take note that all groups have carried out what fell due up to ``moment``."""
    backend.__dict__["_acted_until"] = moment


def delay_of(group: Any) -> float:
    """Return how many seconds late the actions of a group act."""
    given = next((tag["Value"] for tag in group.tags if tag["Key"] == DELAY_TAG), None) or "0"
    try:
        return min(max(float(given), 0.0), LONGEST_DELAY)
    except ValueError:
        return 0.0


def due_until(backend: Any, group: str, moment: float) -> list[ScheduledAction]:
    """Return the actions of a group that are to be carried out since :func:`acted_until`, in order of time.

    While the process ``ScheduledActions`` is suspended there are none, and what was missed is not caught up on:
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
    """
    known = backend.autoscaling_groups[group]
    delay, since = delay_of(known), backend.__dict__["_acted_until"]
    suspended = {process["ProcessName"] for process in known.suspended_processes}
    due = due_actions(actions_of(backend, group).values(), since - delay, moment - delay)
    if "ScheduledActions" in suspended:
        return []
    put = {action.scheduled_action_name: action.__dict__["put_at"] for action in _all_of(backend, group)}
    # Late or not, an action that has ended does nothing, and what is put now begins now
    return [
        action
        for time, action in due
        if time >= put[action.name] and (action.end is None or time + delay < action.end)
    ]


def actions_of(backend: Any, group: str) -> dict[str, ScheduledAction]:
    """Return the actions of a group by name, as the engine reads them; those that never act again are deleted first."""
    _forget_expired(backend)
    return {action.scheduled_action_name: _engine_action(action) for action in _all_of(backend, group)}


def _all_of(backend: Any, group: str) -> list[Any]:
    return [
        action for action in backend.scheduled_actions.values() if action.auto_scaling_group_name == group
    ]


def _engine_action(action: Any) -> ScheduledAction:
    return ScheduledAction(
        name=action.scheduled_action_name,
        start=_seconds(action.__dict__["asked_start"]),
        end=_seconds(action.end_time),
        recurrence=action.recurrence or None,
        time_zone=action.time_zone or "UTC",
        min_size=action.min_size,
        max_size=action.max_size,
        desired=action.desired_capacity,
    )


def _seconds(moment: Any) -> float | None:
    if not moment:
        return None
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return float((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _forget_expired(backend: Any) -> None:
    """Delete the actions that never act again, as AWS does, and those of groups that are gone."""
    for key, action in list(backend.scheduled_actions.items()):
        group = backend.autoscaling_groups.get(action.auto_scaling_group_name)
        done = backend.__dict__.get("_acted_until", _Time.now())
        if group is None or _engine_action(action).expired(done - delay_of(group)):
            del backend.scheduled_actions[key]


@wrap(FakeScheduledAction, "__init__")
def _init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    """Keep the start time that was asked for apart from the one that is shown, and when it was asked for."""
    original(self, *args, **kwargs)
    self.__dict__["asked_start"] = self.start_time
    self.__dict__["put_at"] = _Time.now()


def _show_next_time(action: Any) -> None:
    """Show when it acts next: of a recurring action AWS gives the next time as the start time."""
    due = _engine_action(action).next_time(_Time.now())
    action.start_time = None if due is None else datetime.fromtimestamp(due, UTC).replace(tzinfo=None)


@wrap(AutoScalingBackend)
def put_scheduled_update_group_action(original: Any, self: Any, **request: Any) -> FakeScheduledAction:
    """Answer PutScheduledUpdateGroupAction: what AWS would refuse is refused, and nothing is changed then."""
    group, name = request["name"], request["scheduled_action_name"]
    group_named(self, group)
    _forget_expired(self)
    others = {other: action for other, action in actions_of(self, group).items() if other != name}
    kept = dict(self.scheduled_actions)
    try:
        action: FakeScheduledAction = original(self, **request)
        wanted = _engine_action(action)
        _check(wanted, others)
    except ValueError as error:
        self.scheduled_actions = kept
        raise ValidationError(str(error)) from None
    except AutoscalingClientError:
        self.scheduled_actions = kept
        raise
    self.scheduled_actions = kept
    self.scheduled_actions[(group, name)] = action
    return action


def _check(wanted: ScheduledAction, others: dict[str, ScheduledAction]) -> None:
    now = _Time.now()
    if wanted.start is not None and wanted.start <= now:
        raise ValidationError("Given start time is in the past")
    if wanted.end is not None and wanted.end <= now:
        raise ValidationError("Given end time is in the past")
    if wanted.expired(now):
        raise ValidationError("The recurrence never falls due before the end time")
    if len(others) >= MOST_ACTIONS:
        raise AutoscalingClientError(
            "LimitExceeded", f"Only {MOST_ACTIONS} scheduled actions are allowed for each Auto Scaling group"
        )
    for name, other in others.items():
        if wanted.start is not None and other.start == wanted.start:
            raise AutoscalingClientError("AlreadyExists", f"{SAME_START}: {name} and {wanted.name}")


@wrap(AutoScalingBackend)
def describe_scheduled_actions(
    original: Any,
    self: Any,
    autoscaling_group_name: str | None = None,
    scheduled_action_names: list[str] | None = None,
) -> Any:
    """Answer DescribeScheduledActions without those that are over."""
    _forget_expired(self)
    found = original(self, autoscaling_group_name, scheduled_action_names)
    for action in found:
        _show_next_time(action)
    return found


@wrap(AutoScalingBackend)
def delete_scheduled_action(
    _original: Any, self: Any, auto_scaling_group_name: str, scheduled_action_name: str
) -> None:
    """Answer DeleteScheduledAction, for the action of this group."""
    _forget_expired(self)
    if self.scheduled_actions.pop((auto_scaling_group_name, scheduled_action_name), None) is None:
        raise ValidationError("Scheduled action name not found")
