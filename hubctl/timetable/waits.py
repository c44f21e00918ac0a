"""How long users would have waited in the weeks that were set aside: without a timetable, and with the one from before.

The simulator lets those who came then come to the stack. Its time is that of the clock of the classes, from the first day
that was set aside; an hour that clocks skip or repeat at night is not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from hubctl.scaling.scheduled import ScheduledAction
from hubctl.simulate.columns import Arrival
from hubctl.simulate.durations import DAY, MINUTE
from hubctl.simulate.model import DEFAULTS, Outcome, StackModel
from hubctl.simulate.report import SimulationResult
from hubctl.simulate.run import simulate
from hubctl.simulate.schedules import instances_for
from hubctl.timetable.attendance import Attendance
from hubctl.timetable.backtest import Backtest, Checked

SEED = 1
WITHOUT, WITH = "without timetable", "with timetable"


@dataclass(frozen=True, kw_only=True)
class ComparedWaits:
    """A stack in the weeks that were set aside; ``needed`` is how many instances the timetable asks for at most."""

    without: SimulationResult
    with_timetable: SimulationResult
    needed: int

    @property
    def results(self) -> tuple[SimulationResult, SimulationResult]:
        """Both, for a table."""
        return self.without, self.with_timetable

    @property
    def avoided_hours(self) -> float:
        """Hours of waiting that users are spared, of those who got a server."""
        return (_waited(self.without.outcome) - _waited(self.with_timetable.outcome)) / 3600

    @property
    def avoided_refusals(self) -> int:
        """How many more users find a place."""
        return self.without.outcome.refused - self.with_timetable.outcome.refused


def _waited(outcome: Outcome) -> float:
    return sum(outcome.waits)


def compared_waits(model: StackModel, attendance: Attendance, test: Backtest) -> ComparedWaits:
    """Simulate the stack twice."""
    bare = replace(model, actions=())
    arrivals = arrivals_of(attendance, test.first)
    needs = instance_steps(test, bare)
    largest = bare.group.max_size
    planned = replace(
        bare,
        actions=tuple(
            ScheduledAction(name=f"step {number}", start=time, min_size=min(size, largest))
            for number, (time, size) in enumerate(needs)
        ),
    )
    made = [
        SimulationResult(
            label=name,
            heading=name,
            model=each,
            outcome=simulate(each, arrivals, assumptions=DEFAULTS[each.kind], seed=SEED),
        )
        for name, each in ((WITHOUT, bare), (WITH, planned))
    ]
    return ComparedWaits(
        without=made[0], with_timetable=made[1], needed=max((size for _, size in needs), default=0)
    )


def arrivals_of(attendance: Attendance, first: date) -> list[Arrival]:
    """Return who came from a day on, in seconds of the clock since that day began."""
    return [
        Arrival(time=(day - first).days * DAY + begin * MINUTE, user=user, duration=(end - begin) * MINUTE)
        for day, came in sorted(attendance.days.items())
        if day >= first
        for begin, end, user in zip(came.begins, came.ends, came.users, strict=True)
    ]


def instance_steps(test: Backtest, model: StackModel) -> list[tuple[float, int]]:
    """Return at which second the smallest size becomes which, by the classes that were expected."""
    spans = [(*_span(each, test), each.expected.users, each.expected.spare) for each in test.checked]
    times = sorted({time for begin, end, _, _ in spans for time in (begin, end)})
    steps: list[tuple[float, int]] = []
    for time in times:
        under_way = [(users, kept) for begin, end, users, kept in spans if begin <= time < end]
        users, kept = sum(each[0] for each in under_way), sum(each[1] for each in under_way)
        size = instances_for(users, kept, model.places) if under_way else 0
        steps.append((time, max(model.group.min_size, size)))
    return steps


def _span(each: Checked, test: Backtest) -> tuple[float, float]:
    begin = (each.day - test.first).days * DAY
    ready = begin + (each.expected.start - test.lead_minutes) * MINUTE
    return max(0.0, ready), begin + each.expected.end * MINUTE


def sentences(compared: ComparedWaits) -> Sequence[str]:
    """Say what the timetable spares users, and what keeps it from doing so."""
    found = [
        f"with the timetable users wait {compared.avoided_hours:.1f} hours less together, and "
        f"{compared.avoided_refusals} more find a place"
    ]
    model = compared.without.model
    if compared.needed > model.group.max_size:
        name = "max_size" if model.kind == "lab" else "worker_max_size"
        found.append(
            f"the timetable needs {compared.needed} instances, and the group has at most {model.group.max_size}: try "
            f"--var {name}={compared.needed}"
        )
    return found
