"""A replay: what the engine makes, in imagined time, of numbers that were published in the real one.

It serves to compare a closed loop's timeline with the engine's answers. Instances are in service at once, and leave at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hubctl.scaling.engine import ScalingEngine
from hubctl.scaling.group import Group
from hubctl.scaling.metrics import MetricId, MetricStore, Sample
from hubctl.simulation.model import StackModel

STEP_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Change:
    """The desired capacity from ``time`` (seconds since the epoch) on."""

    time: float
    desired: int


def replay(
    model: StackModel, metric: MetricId, samples: Sequence[Sample], *, start: float, until: float
) -> list[Change]:
    """Return the changes of the desired capacity between ``start`` and ``until``, from the smallest size on.

    Args:
        model: Group, policies and alarms.
        metric: What was published.
        samples: The published values; each is seen from its own time on.
        start: When the group and its alarms came into being.
        until: When to stop.

    """
    group, engine, store = Group(model.group), ScalingEngine(), MetricStore()
    engine.configure({model.group.name: group}, {model.group.name: model.policies}, model.alarms)
    pending = sorted(samples, key=lambda sample: sample.time)
    changes: list[Change] = []
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
            changes.append(Change(time=now, desired=group.desired))
        now += STEP_SECONDS
    return changes
