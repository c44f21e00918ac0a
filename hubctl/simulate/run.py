"""One simulation from beginning to end, and replays of numbers that were published in real time.

A replay shows what the engine makes of such numbers in imagined time; a test compares it with the local AWS.
"""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from hubctl.scaling.engine import ScalingEngine
from hubctl.scaling.group import ScaledGroup
from hubctl.scaling.metrics import MetricId, MetricStore, Sample
from hubctl.scaling.scheduled import ScheduledAction, apply_action
from hubctl.simulate.columns import Arrival, ArrivalColumns, as_columns, last_end
from hubctl.simulate.durations import HOUR, MINUTE
from hubctl.simulate.events import Schedule
from hubctl.simulate.fleet import SimulatedFleet, scaling_metric
from hubctl.simulate.hub_users import METRIC_SECONDS, PROTECT_SECONDS, HubUsers
from hubctl.simulate.lab_users import LabUsers
from hubctl.simulate.model import Outcome, SimulationAssumptions, StackModel
from hubctl.simulate.timeline import Timeline
from hubctl.simulate.users import Users

QUIET_TAIL = HOUR  # after the last session, for the group to shrink
REPLAY_STEP_SECONDS = 5.0


def simulate(
    model: StackModel,
    arrivals: Sequence[Arrival],
    *,
    assumptions: SimulationAssumptions,
    seed: int,
    seconds: float | None = None,
    progress: Callable[[int], object] | None = None,
) -> Outcome:
    """Let the users come to the stack; return what was measured. The same arguments give the same outcome.

    Args:
        model: The stack.
        arrivals: Who comes when; at least one.
        assumptions: What the stack does not say.
        seed: Decides interruptions and the phases of periodic things.
        seconds: How long to look; by default until an hour after the last session would end.
        progress: Called now and then with how many users came meanwhile.

    """
    if seconds is None:
        seconds = last_end(arrivals) + QUIET_TAIL
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    schedule = Schedule()
    fleet = SimulatedFleet(model=model, assumptions=assumptions, schedule=schedule, dice=dice)
    kind = LabUsers if model.kind == "lab" else HubUsers
    users = kind(model=model, assumptions=assumptions, schedule=schedule, fleet=fleet)
    timeline = Timeline()
    metric = scaling_metric(model)
    if metric is not None:
        values = fleet.metrics.series(metric)

        def collected(now: float) -> None:
            end = now // MINUTE * MINUTE - MINUTE
            timeline.set_average(values.statistic(end - MINUTE, end, "Average"))

        fleet.collected = collected
    fleet.start()
    if isinstance(users, HubUsers):
        schedule.every(METRIC_SECONDS, users.publish_cpu, first=dice.uniform(0, METRIC_SECONDS))
    schedule.every(MINUTE, lambda: _note(timeline, fleet, users), first=0)
    if isinstance(users, HubUsers) and (model.packs or model.spare_places):
        schedule.every(PROTECT_SECONDS, users.look, first=PROTECT_SECONDS)
    plan_actions(model, fleet, schedule, assumptions)
    came = arrivals if isinstance(arrivals, ArrivalColumns) else as_columns(arrivals)
    schedule.users(came.times, lambda place: users.come(came.users[place], came.durations[place]))
    schedule.run(seconds, progress)
    users.finish()
    fleet.finish()
    return Outcome(
        waits=tuple(users.waits),
        refusals=dict(users.refusals.most_common()),
        lost=users.lost,
        interrupted=users.interrupted,
        seconds=seconds,
        paid=dict(fleet.paid),
        pool_seconds=fleet.stopped_seconds,
        session_seconds=users.session_seconds,
        most_instances=fleet.most,
        places=model.places,
        timeline=timeline,
    )


def plan_actions(
    model: StackModel, fleet: SimulatedFleet, schedule: Schedule, assumptions: SimulationAssumptions
) -> None:
    """Let scheduled actions change the group's sizes, as late as AWS says that they may be."""

    def act(action: ScheduledAction) -> None:
        with suppress(ValueError):  # AWS refuses to carry out an action whose sizes contradict each other
            apply_action(fleet.group, action)
        fleet.reconcile()

    for action in model.actions:
        if action.start is not None:
            schedule.at(action.start + assumptions.schedule_delay, act, action)


def _note(timeline: Timeline, fleet: SimulatedFleet, users: Users) -> None:
    """Write down the state of things at a full minute."""
    now, group = users.schedule.now, fleet.group
    counts = (
        users.sessions,
        len(users.waiting),
        group.desired,
        fleet.serving,
        len(fleet.places),
        group.spec.min_size,
        fleet.pooled,
    )
    timeline.add(now, counts)


@dataclass(frozen=True, kw_only=True)
class CapacityChange:
    """The desired capacity from ``time`` (seconds since the epoch) on."""

    time: float
    desired: int


def replay(
    model: StackModel, metric: MetricId, samples: Sequence[Sample], *, start: float, until: float
) -> list[CapacityChange]:
    """Return the changes of the desired capacity between ``start`` and ``until``, from the smallest size on.

    Args:
        model: Group, policies and alarms.
        metric: What was published.
        samples: The published values; each is seen from its own time on.
        start: When the group and its alarms came into being.
        until: When to stop.

    """
    group, engine, store = ScaledGroup(model.group), ScalingEngine(), MetricStore()
    engine.configure({model.group.name: group}, {model.group.name: model.policies}, model.alarms)
    pending = sorted(samples, key=lambda sample: sample.time)
    changes: list[CapacityChange] = []
    launched, now = 0, start
    while now <= until:
        while pending and pending[0].time <= now:
            store.put(metric, pending.pop(0))
        before = group.desired
        engine.tick(now, store)
        group.shrink(now)
        for instance in [instance for instance in group.instances.values() if instance.leaving]:
            group.lost(instance.id)
        for zone in group.missing():
            launched += 1
            group.launch(f"i-{launched}", zone, now)
            group.started(f"i-{launched}", now)
        if group.desired != before:
            changes.append(CapacityChange(time=now, desired=group.desired))
        now += REPLAY_STEP_SECONDS
    return changes
