"""Searching the settings that reach an aim, such as ``p95<=60s`` or ``refused=0``, at the least cost."""

import itertools
import json
import math
import re
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from hubctl.core.errors import BadInputError
from hubctl.simulate.columns import Arrival, as_columns
from hubctl.simulate.model import Outcome, SimulationAssumptions, StackModel
from hubctl.simulate.report import SimulationResult
from stacks.settings.capacity import GROUP_SETTINGS
from stacks.settings.scaling_guards import flapping
from stacks.settings.text_files import shown

_AIM = re.compile(r"(p50|p95|max|refused|lost|moved)\s*(<=|<|=)\s*([0-9]+(?:\.[0-9]+)?)\s*(s|min)?")
WAITS = {"p50": 50.0, "p95": 95.0, "max": 100.0}
Values = Mapping[str, int]
HEADROOM = 1.25  # of the instances that the most users at once fill
CPU_TARGETS = (30, 40, 50, 60, 75)
SPARE_PARTS = (1, 2)  # of an instance's places, kept free
SHARES = (0.4, 0.6, 0.8, 1.0)  # of an instance's places, as upper thresholds


@dataclass(frozen=True, kw_only=True)
class Aim:
    """A bound on a number of the report; waits in seconds."""

    text: str
    measure: str
    bound: float
    strict: bool

    def value(self, outcome: Outcome) -> float | None:
        """Return the number that the aim is about, None when no user was served."""
        if self.measure in WAITS:
            return outcome.wait(WAITS[self.measure])
        return float(
            {"refused": outcome.refused, "lost": outcome.lost, "moved": outcome.interrupted}[self.measure]
        )

    def met(self, outcome: Outcome) -> bool:
        """Tell whether the outcome meets the aim. Waits are those of all users: a user who was refused waits for ever."""
        value = self.value(outcome)
        if value is None or (self.measure in WAITS and not self._enough_served(outcome)):
            return False
        return value < self.bound if self.strict else value <= self.bound

    def _enough_served(self, outcome: Outcome) -> bool:
        arrived = len(outcome.waits) + outcome.refused
        return outcome.refused <= arrived * (1 - WAITS[self.measure] / 100)


def read_aim(text: str, assumptions: SimulationAssumptions) -> Aim:
    """Read an aim; raise BadInputError for a text that is not an aim, or for one that nothing could reach."""
    found = _AIM.fullmatch(text.strip())
    if not found:
        raise BadInputError(
            f"{shown(text)} is not an aim",
            remedy='Write p50, p95 or max (waits) or refused, lost or moved (users), a bound and a unit: "p95<=60s".',
        )
    measure, comparison, number, unit = found.groups()
    if (unit is not None) != (measure in WAITS):
        raise BadInputError(
            f"{shown(text)}: a wait needs a unit, s or min; a number of users has no unit",
            remedy='Write "p95<=60s" or "refused=0".',
        )
    bound = float(number) * (60 if unit == "min" else 1)
    aim = Aim(text=text.strip(), measure=measure, bound=bound, strict=comparison == "<")
    least = assumptions.spawn if measure in WAITS else 0.0
    if least > bound or (aim.strict and least == bound):
        raise BadInputError(
            f"{shown(text)} cannot be reached: "
            + (
                f"a user's container alone takes {least:g} s to start"
                if measure in WAITS
                else "there cannot be less than 0"
            ),
            remedy="Give a larger bound, or another --assume spawn=SECONDS.",
        )
    return aim


def most_at_once(arrivals: Sequence[Arrival]) -> int:
    """Return how many users would work at the same time if no user waited."""
    columns = as_columns(arrivals)
    ends = array("d", sorted(map(float.__add__, columns.times, columns.durations)))
    most = left = 0
    for come, time in enumerate(columns.times, 1):
        while ends[left] <= time:
            left += 1
        most = max(most, come - left)
    return most


def candidates(
    model: StackModel, arrivals: Sequence[Arrival], declared: Collection[str] = ()
) -> Iterator[Values]:
    """Yield values of the stack's Terraform variables worth trying, cheap sizes first; flapping ones are left out.

    Spare places and sizes of the warm pool are among them where their variables are ``declared``, and there is a pool.
    """
    users = most_at_once(arrivals)
    needed = math.ceil(users / model.places)
    largest = sorted({model.group.max_size, math.ceil(needed * HEADROOM)})
    smallest = sorted(
        {1, 2, math.ceil(needed / 4), math.ceil(needed / 2), needed, max(1, model.group.min_size)}
    )
    for most, fewest in itertools.product(largest, smallest):
        if fewest > most or most > 100:
            continue
        plain = list(_lab(model, fewest, most) if model.kind == "lab" else _hub(model, users, fewest, most))
        yield from plain
        for ahead in _ahead(model, fewest, most, declared) if plain else ():
            values = {**plain[-1], **ahead}
            if model.kind == "hub" or not _flaps(model, values):
                yield values


def _ahead(model: StackModel, fewest: int, most: int, declared: Collection[str]) -> Iterator[Values]:
    """Yield what prepares for the next user: places kept free, a warm pool of all further instances, and both."""
    names = GROUP_SETTINGS[model.name]
    spares = [{names.spare: round(model.places * part)} for part in SPARE_PARTS if names.spare in declared]
    pools = [{names.pool: most - fewest}] if has_pool(model, declared) and most > fewest else []
    for spare, pool in itertools.product([{}, *spares], [{}, *pools]):
        if spare or pool:
            yield {**spare, **pool}


def has_pool(model: StackModel, declared: Collection[str]) -> bool:
    """Tell whether the size of a warm pool can be tried."""
    return model.group.warm_pool is not None and GROUP_SETTINGS[model.name].pool in declared


def _flaps(model: StackModel, values: Values) -> bool:
    settings = {"instance_type": model.instance_type, "user_memory_gib": model.user_gib, **values}
    return flapping(SimpleNamespace(**settings)) is not None


def said_of_search(model: StackModel, declared: Collection[str]) -> str:
    """Say what the search changes, and what it cannot change in this stack."""
    rest = "thresholds" if model.kind == "lab" else "CPU target and limits"
    names = GROUP_SETTINGS[model.name]
    tried = ["sizes", rest, *([names.spare] if names.spare in declared else [])]
    if has_pool(model, declared):
        return f"the search tried {', '.join(tried)} and {names.pool}"
    why = (
        "a group with spot has no warm pool"
        if model.spot
        else "the stack has no warm pool (setting warm_pool)"
    )
    return (
        f"the search tried {' and '.join([', '.join(tried[:-1]), tried[-1]])}; {why}, so that none was tried"
    )


def _lab(model: StackModel, fewest: int, most: int) -> Iterator[Values]:
    for up in sorted({max(2, math.floor(model.places * share)) for share in SHARES}):
        for down in sorted({max(1, up // 4), max(1, math.ceil(up / 2) - 1)}):
            values = {
                "min_size": fewest,
                "max_size": most,
                "scale_up_threshold": up,
                "scale_down_threshold": down,
            }
            if down < up and not _flaps(model, values):
                yield values


def _hub(model: StackModel, at_once: int, fewest: int, most: int) -> Iterator[Values]:
    users = math.ceil(at_once * HEADROOM)
    for target in CPU_TARGETS:
        yield {
            "worker_min_size": fewest,
            "worker_max_size": most,
            "worker_cpu_target_percent": target,
            "hub_max_users": users,
            "hub_max_cluster_memory_gib": math.ceil(most * model.places * model.user_gib),
        }


def suggest(
    aim: Aim,
    tried: Sequence[Values],
    simulate: Callable[[Values], SimulationResult],
    progress: Callable[[], None] = lambda: None,
    current: SimulationResult | None = None,
) -> tuple[Values, SimulationResult]:
    """Return the cheapest of the tried values that reaches the aim, with its result.

    No values, and ``current`` as the result, when the current settings reach it and nothing that was tried costs less.

    Raises:
        BadInputError: None does; the message says what the nearest one reaches.

    """
    results: list[tuple[Values, SimulationResult]] = []
    for values in tried:
        results.append((values, simulate(values)))
        progress()
    reached = [(values, result) for values, result in results if aim.met(result.outcome)]
    if reached:
        values, best = _smaller(aim, min(reached, key=lambda one: _price(one[1])), simulate)
        if current is None or not aim.met(current.outcome) or _price(best)[0] < _price(current)[0]:
            return values, best
    if current is not None and aim.met(current.outcome):
        return {}, replace(current, label=f"suggested: {current.label}", heading="suggested")
    values, best = min(results, key=lambda one: _distance(aim, one[1]))
    value = aim.value(best.outcome)
    said = "no user is served" if value is None else f"{aim.measure} is {value:.0f}"
    raise BadInputError(
        f"none of {len(results)} settings reaches {aim.text}: with {as_variable_options(values)} {said}, "
        f"and {best.outcome.refused} users find no place",
        remedy="Give a larger bound, a larger instance type, or faster instances (--assume boot=SECONDS).",
    )


def _smaller(
    aim: Aim, best: tuple[Values, SimulationResult], simulate: Callable[[Values], SimulationResult]
) -> tuple[Values, SimulationResult]:
    """Lower what the search took in large steps, for as long as the aim is reached: the smallest size, then what is ahead."""
    for names in GROUP_SETTINGS.values():
        for name, least in ((names.smallest, 1), (names.spare, 0), (names.pool, 0)):
            while best[0].get(name, least) > least:
                values = {**best[0], name: best[0][name] - 1}
                result = simulate(values)
                if not aim.met(result.outcome) or _price(result) >= _price(best[1]):
                    break
                best = values, result
    return best


def as_variable_options(values: Mapping[str, Any]) -> str:
    """Return values as they are given on a command line."""
    return ",".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in values.items()
    )


def _price(result: SimulationResult) -> tuple[float, float]:
    hours = result.outcome.instance_hours
    return (hours if result.cost is None else result.cost, result.outcome.wait(95) or 0.0)


def _distance(aim: Aim, result: SimulationResult) -> tuple[float, float]:
    value = aim.value(result.outcome)
    return (float(result.outcome.refused), math.inf if value is None else value)
