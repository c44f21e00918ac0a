"""A simulation as the command line asks for it: a stack, its arrivals, and the settings that it is compared with."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hubctl.core.configuration.given_variables import check_variables
from hubctl.core.configuration.stack import read_configuration
from hubctl.core.console import counting, err
from hubctl.simulate.columns import Arrival, last_end
from hubctl.simulate.comparisons import BEFORE, GROUPS, before, with_enough, without_timetable
from hubctl.simulate.durations import DAY
from hubctl.simulate.model import SimulationAssumptions, StackModel
from hubctl.simulate.report import BEFORE_HEADING, CHEAPEST_HEADING, ENOUGH_HEADING, SimulationResult
from hubctl.simulate.run import QUIET_TAIL, simulate
from hubctl.simulate.scenarios import AnnouncedClass
from hubctl.simulate.schedules import placed
from hubctl.simulate.sizing import announced, with_pool
from hubctl.simulate.stack_reading import KINDS, read_stack
from hubctl.simulate.suggest import HEADROOM, most_at_once

MANY = 20_000  # arrivals from which on progress is shown


@dataclass(frozen=True, kw_only=True)
class SimulationTask:
    """What is simulated, whatever the settings. ``seconds`` None means until after the last session.

    ``begin`` is when the arrivals' time begins, in seconds since 1970; None where they are on no particular days.
    """

    stack: str
    file: Path
    arrivals: Sequence[Arrival]
    assumptions: SimulationAssumptions
    seed: int
    seconds: float | None
    sized_for: int | None = None
    classes: Sequence[AnnouncedClass] = ()
    begin: float | None = None
    unavailable: frozenset[str] = frozenset()

    @cached_property
    def declared(self) -> Mapping[str, Any]:
        """The ``variable`` blocks of the stack's Terraform variables."""
        found: Mapping[str, Any] = read_configuration(self.file).get("variable", {})
        return found

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The values of the stack's Terraform variables as it was synthesized."""
        return {name: given.get("default") for name, given in self.declared.items()}

    def run(
        self, variables: Mapping[str, Any], label: str, heading: str, *, timetable: bool = True
    ) -> SimulationResult:
        """Simulate the stack with values over its variables' defaults, and with the announced classes if there are any."""
        model = self.model(variables)
        if timetable and self.classes:
            model = announced(model, self.classes)
        return self.simulated(model, variables, label, heading)

    @cached_property
    def length(self) -> float:
        """How many seconds are simulated."""
        return last_end(self.arrivals) + QUIET_TAIL if self.seconds is None else self.seconds

    def model(self, variables: Mapping[str, Any]) -> StackModel:
        """Return the stack with its schedule; where it is sized for users, with the warm pool of its row."""
        check_variables(self.stack, dict(variables))
        model = replace(read_stack(self.file, self.stack, variables), unavailable=self.unavailable)
        pool = variables.get(GROUPS[model.kind].pool, 0) if self.sized_for else 0
        model = with_pool(model, int(pool))
        return model if self.begin is None else placed(model, self.begin, self.length)

    def simulated(
        self, model: StackModel, variables: Mapping[str, Any], label: str, heading: str
    ) -> SimulationResult:
        """Simulate a stack."""
        with showing_users(len(self.arrivals)) as advance:
            outcome = simulate(
                model,
                self.arrivals,
                assumptions=self.assumptions,
                seed=self.seed,
                seconds=self.length,
                progress=advance,
            )
        return SimulationResult(
            label=label,
            heading=heading,
            variables=variables,
            model=model,
            outcome=outcome,
            sized_for=self.sized_for,
            announced=bool(model.actions),
        )


def showing_users(total: int) -> AbstractContextManager[Callable[[int], object] | None]:
    """Show how many of many users have come."""
    return showing("users simulated", total, MANY)


@contextmanager
def showing(what: str, total: int, many: int) -> Iterator[Callable[[int], object] | None]:
    """Show how much of ``total`` is done, if that is many: as a bar, or outside a terminal as a line for each tenth."""
    if total < many:
        yield None
    elif err.is_terminal:
        with counting(what, total, err) as advance:
            yield advance
    else:
        done = 0

        def tell(more: int) -> None:
            nonlocal done
            if (done + more) * 10 // total > done * 10 // total:
                err.say(f"{done + more:,} of {total:,} {what}")
            done += more

        yield tell


def compare(task: SimulationTask, row: Mapping[str, Any]) -> list[SimulationResult]:
    """Return what the settings of a row are compared with: those of before, and the cheapest ones without a timetable."""
    kind = KINDS[task.stack]
    users = math.ceil(most_at_once(task.arrivals) * HEADROOM) if len(task.arrivals) else 1
    results = [
        task.simulated(before(read_stack(task.file, task.stack, old)), old, f"{task.stack}: {said}", heading)
        for old, said, heading in (
            (BEFORE[kind], "as before timetables", BEFORE_HEADING),
            (with_enough(kind, users), "as before, with enough instances", ENOUGH_HEADING),
        )
    ]
    if not task.classes or task.seconds is None or task.seconds > DAY:
        return results
    tried = list(without_timetable(kind, row))
    best: SimulationResult | None = None
    with counting(f"settings without a timetable, {task.stack}", len(tried), err) as advance:
        for values in tried:
            found = task.run(
                values, f"{task.stack}: cheapest without a timetable", CHEAPEST_HEADING, timetable=False
            )
            advance(1)
            if not found.outcome.refused and (best is None or _cost(found) < _cost(best)):
                best = found
    return results if best is None else [*results, best]


def _cost(result: SimulationResult) -> float:
    return result.outcome.instance_hours if result.cost is None else result.cost
