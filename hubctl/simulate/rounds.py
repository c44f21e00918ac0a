"""The runs of the Lab's session agents, once a minute on each instance, reckoned only when someone looks at their results.

A run publishes how many sessions there are, and how many places are free by the agent's reckoning, and it sets or lifts the
protection from scaling in. Machines keep the changes of their sessions until then, so that each run tells of its own moment.
"""

import math
from collections import deque
from collections.abc import Iterator

from hubctl.scaling.metrics import MetricId
from hubctl.simulate.fleet import SimulatedFleet
from hubctl.simulate.machines import SimulatedMachine


class AgentRounds:
    """The machines whose agents run, each every ``period`` seconds since it became usable.

    ``metric`` gets the sessions, ``free_metric`` the free places; None where no alarm looks at them.
    """

    def __init__(
        self,
        fleet: SimulatedFleet,
        period: float,
        metric: MetricId | None,
        free_metric: MetricId | None,
    ) -> None:
        self._fleet, self._period = fleet, period
        self._machines: dict[str, SimulatedMachine] = {}
        self._held = None if metric is None else fleet.metrics.series(metric)
        self._free = None if free_metric is None else fleet.metrics.series(free_metric)
        self._late: list[
            tuple[float, int, float]
        ] = []  # of machines that have left: time, sessions, free places

    def begin(self, machine: SimulatedMachine, now: float) -> None:
        """Let the agent of a machine run from now on."""
        machine.due, machine.seen, machine.changes = now, len(machine.sessions), deque()
        self._machines[machine.id] = machine

    def end(self, machine: SimulatedMachine, now: float) -> float:
        """Let it run no more, except as someone else says; return when it would have run next."""
        if self._machines.pop(machine.id, None) is None:
            return machine.due
        while machine.due < now:  # a run of this very moment comes after what happens to the group
            held = _held(machine, machine.due)
            free = (machine.places - held) * self._fleet.serving_at(machine.due)
            self._late.append((machine.due, held, float(free)))
            machine.due += self._period
        machine.changes = None
        return machine.due

    def collect(self, now: float) -> None:
        """Let everything be seen that agents published more than the delay before ``now``."""
        until, period = now - self._fleet.metrics.delay, self._period
        values, free, fleet = self._held, self._free, self._fleet
        for machine in self._machines.values():
            due = machine.due
            if due >= until:
                continue
            while due < until:
                held = _held(machine, due) if machine.changes else machine.seen
                if values is not None:
                    values.add(due, held)
                if free is not None:
                    free.add(due, (machine.places - held) * fleet.serving_at(due))
                due += period
            machine.due = due
        if self._late:
            self._late = list(self._still_late(until))
        fleet.forget_serving(until)

    def _still_late(self, until: float) -> Iterator[tuple[float, int, float]]:
        for time, held, free in self._late:
            if time >= until:
                yield time, held, free
                continue
            if self._held is not None:
                self._held.add(time, held)
            if self._free is not None:
                self._free.add(time, free)

    def protect(self, now: float) -> None:
        """Set the protection as the last run of each agent has left it."""
        for machine in self._machines.values():
            held = machine.seen
            if machine.due < now:
                runs = math.ceil((now - machine.due) / self._period)
                last = machine.due + (runs - 1) * self._period
                held = next((count for time, count in reversed(machine.changes or ()) if time <= last), held)
            self._fleet.protect(machine, on=held > 0)


def _held(machine: SimulatedMachine, moment: float) -> int:
    """Return how many sessions a machine held at a moment; what was before it is forgotten."""
    changes = machine.changes
    while changes and changes[0][0] <= moment:
        machine.seen = changes.popleft()[1]
    return machine.seen
