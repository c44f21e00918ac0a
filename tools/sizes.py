"""``python -m tools.sizes``: find the rows of the defaults' table by simulation, and write what they do to users and costs.

A row follows from an instance type and a number of spare places: :func:`row_of`. For each number of users the fewest spare
places are taken with which every aim holds, and of the types the one whose week costs least or takes the fewest hours:
:func:`found_row`. The scenarios
are made larger or smaller, to as many users as a row is for; each class is simulated with several seeds, of which the worst
counts.
"""

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from hubctl.core.configuration.synthesized import synthesized
from hubctl.core.files import write_whole
from hubctl.core.project_folders import ROOT
from hubctl.simulate.columns import Arrival
from hubctl.simulate.comparisons import BEFORE, GROUPS, before, places_of, with_enough, without_timetable
from hubctl.simulate.model import DEFAULTS, Outcome, StackModel
from hubctl.simulate.report import SimulationResult
from hubctl.simulate.run import simulate
from hubctl.simulate.scenarios import SCENARIOS, AnnouncedClass
from hubctl.simulate.sizing import announced, with_pool
from hubctl.simulate.stack_reading import HUB_USER_GIB, KINDS, read_stack
from stacks.registry import STACK_NAMES
from stacks.settings.crowd_sizes import FILE, RowValue

PAGE = ROOT / "docs" / "reference" / "crowd-sizes.md"
AS_OF = "2026-12"
USERS = (20, 50, 100, 300)
TYPES = ("m6i.xlarge", "r6i.xlarge")
SPARE = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64)
HEADROOM = 1.1  # instances for a tenth more users than are expected
# At the largest there is, target tracking never adds workers: the hub asks for them itself, and servers do not move to new ones.
CPU_TARGET = 100
SOON_SECONDS, UNANNOUNCED_SECONDS = 10.0, 60.0  # the aims, at p95
WEEK_SHARE = 0.8  # of the instance hours of before, with the largest size of then or with enough instances
SCENARIO_USERS = 100  # that the scenarios are made for
SEEDS, WEEK_SEEDS = tuple(range(1, 11)), (1, 2)
Row = Mapping[str, RowValue]


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """So many users of a stack, whose synthesized JSON is in ``file``."""

    stack: str
    file: Path
    users: int

    def run(
        self, scenario: str, seed: int, row: Row, *, told: bool = False, old: bool = False
    ) -> SimulationResult:
        """Simulate a scenario with a row: ``told`` with its classes announced, ``old`` without what came with timetables."""
        kind, chosen = KINDS[self.stack], SCENARIOS[scenario]
        model = read_stack(self.file, self.stack, row)
        if old:
            model = before(model)
        else:
            model = with_pool(model, int(row.get(GROUPS[kind].pool, 0)))
            model = announced(model, self.classes(scenario)) if told else model
        return _result(self.stack, model, self._simulated(model, scenario, seed, chosen.seconds))

    def _simulated(self, model: StackModel, scenario: str, seed: int, seconds: float) -> Outcome:
        arrivals = scaled(scenario, self.users, seed)
        return simulate(model, arrivals, assumptions=DEFAULTS[model.kind], seed=seed, seconds=seconds)

    def classes(self, scenario: str) -> Sequence[AnnouncedClass]:
        """Return the scenario's classes with as many users as the row is for."""
        share = self.users / SCENARIO_USERS
        return [replace(one, users=math.ceil(one.users * share)) for one in SCENARIOS[scenario].announced]


def _result(stack: str, model: StackModel, outcome: Outcome) -> SimulationResult:
    return SimulationResult(label=stack, model=model, outcome=outcome)


def scaled(scenario: str, users: int, seed: int) -> list[Arrival]:
    """Return the arrivals of a scenario for so many users: of several seeds together, and of the last one a part."""
    found: list[Arrival] = []
    left, draw = users / SCENARIO_USERS, 0
    while left > 0:
        made = SCENARIOS[scenario].arrivals(seed + 1000 * draw)
        step = max(1.0, 1 / left)
        kept = [made[int(place * step)] for place in range(int(len(made) / step))]
        found += [Arrival(time=one.time, user=f"{one.user}-{draw}", duration=one.duration) for one in kept]
        left, draw = left - 1, draw + 1
    return sorted(found)


def row_of(stack: str, users: int, kind: str, spare: int) -> dict[str, RowValue]:
    """Return the row for so many users: instances of a type that hold them, all but one of them in the warm pool.

    No limit is below that of before: a deployment that goes by the defaults would refuse users whom it served. For the same
    reason the first row, which is the default, keeps the Lab's thresholds, which fit other instance types too.
    """
    old, group, places = BEFORE[KINDS[stack]], GROUPS[KINDS[stack]], places_of(KINDS[stack], kind)
    needed = max(2, math.ceil((users + spare) * HEADROOM / places))
    most = max(needed, int(old[group.largest]))
    row: dict[str, RowValue] = {
        group.type: kind,
        group.smallest: 1,
        group.largest: most,
        group.pool: needed - 1,
        group.spare: spare,
    }
    if KINDS[stack] == "lab" and users == USERS[0]:
        return {**row, **{name: old[name] for name in ("scale_up_threshold", "scale_down_threshold")}}
    if KINDS[stack] == "lab":
        return {**row, "scale_up_threshold": places, "scale_down_threshold": places - 1}
    return {
        **row,
        "worker_cpu_target_percent": CPU_TARGET,
        "hub_max_users": max(most * places, int(old["hub_max_users"])),
        "hub_max_cluster_memory_gib": max(
            math.ceil(most * places * HUB_USER_GIB), int(old["hub_max_cluster_memory_gib"])
        ),
    }


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a row does with each of several seeds: a class and an exam that are announced, and a class that is not."""

    crowd: Crowd
    row: Row
    seeds: Sequence[int]

    def results(self, scenario: str, *, told: bool) -> list[SimulationResult]:
        """Return the results, one for each seed."""
        return [self.crowd.run(scenario, seed, self.row, told=told) for seed in self.seeds]

    @cached_property
    def lecture(self) -> list[SimulationResult]:
        """The class, announced."""
        return self.results("class-of-100", told=True)

    @cached_property
    def exam(self) -> list[SimulationResult]:
        """The exam, announced."""
        return self.results("exam", told=True)

    @cached_property
    def surprise(self) -> list[SimulationResult]:
        """The class, not announced."""
        return self.results("class-of-100", told=False)

    def holds(self) -> bool:
        """Tell whether every aim holds; what fails most often is looked at first."""
        return (
            longest(self.surprise) <= UNANNOUNCED_SECONDS
            and longest(self.lecture) <= SOON_SECONDS
            and longest(self.exam) <= SOON_SECONDS
            and not refused(self.surprise, self.lecture, self.exam)
        )


def longest(results: Sequence[SimulationResult]) -> float:
    """Return the longest wait at p95, in seconds."""
    return max(one.outcome.wait(95) or 0 for one in results)


def refused(*groups: Sequence[SimulationResult]) -> int:
    """Return how many users got no server."""
    return sum(one.outcome.refused for group in groups for one in group)


def cost_of(result: SimulationResult) -> float:
    """Return what a simulation cost; the types that are tried have prices."""
    if result.cost is None:
        raise LookupError(f"the price file has no price of {result.model.instance_type}")
    return result.cost


def found_row(crowd: Crowd, seeds: Sequence[int] = SEEDS) -> dict[str, RowValue]:
    """Return the row for a crowd: one whose week takes few enough instance hours, if there is one, or else the cheapest.

    Raises:
        LookupError: No row that is tried reaches the aims.

    """
    kind, week = KINDS[crowd.stack], "department-week"
    olds = [crowd.run(week, 1, old, old=True) for old in (BEFORE[kind], with_enough(kind, crowd.users))]
    most = WEEK_SHARE * min(old.outcome.instance_hours for old in olds)
    held: list[tuple[bool, float, dict[str, RowValue]]] = []
    for name in TYPES:
        for spare in SPARE:
            row = row_of(crowd.stack, crowd.users, name, spare)
            if Measured(crowd=crowd, row=row, seeds=seeds).holds():
                found = crowd.run(week, 1, row, told=True)
                held.append((found.outcome.instance_hours > most, cost_of(found), row))
                break
    if not held:
        raise LookupError(f"{crowd.stack}: no row for {crowd.users} users reaches the aims")
    return min(held, key=lambda one: one[:2])[2]


def cheapest(crowd: Crowd, row: Row, seed: int) -> float:
    """Return what the announced class costs with the cheapest settings without a timetable that serve everybody."""
    tried = (crowd.run("class-of-100", seed, values) for values in without_timetable(KINDS[crowd.stack], row))
    return min(cost_of(one) for one in tried if not one.outcome.refused)


def line(crowd: Crowd, row: Row) -> str:
    """Return the line of the page for a row."""
    measured = Measured(crowd=crowd, row=row, seeds=SEEDS)
    lecture, seed = measured.lecture, SEEDS[0]
    old_row = with_enough(KINDS[crowd.stack], crowd.users)
    new, old = (
        sum(
            crowd.run("department-week", each, settings, told=not past, old=past).outcome.instance_hours
            for each in WEEK_SEEDS
        )
        for settings, past in ((row, False), (old_row, True))
    )
    cells = [
        crowd.stack,
        str(crowd.users),
        *(f"{longest(each):.0f}" for each in (lecture, measured.exam, measured.surprise)),
        str(refused(lecture, measured.exam, measured.surprise)),
        f"{max(map(cost_of, lecture)):.2f}",
        f"{cost_of(lecture[0]) / cheapest(crowd, row, seed):.2f}",
        f"{new / old:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def week_lines(crowd: Crowd, row: Row) -> list[str]:
    """Return the lines of the page about a week: as it was before timetables, literally and with enough, and now."""
    kind, seed = KINDS[crowd.stack], WEEK_SEEDS[0]
    week = "department-week"
    runs = {
        "before": crowd.run(week, seed, BEFORE[kind], old=True),
        "before, with enough": crowd.run(week, seed, with_enough(kind, crowd.users), old=True),
        "now, announced": crowd.run(week, seed, row, told=True),
        "now, not announced": crowd.run(week, seed, row),
    }
    return [
        f"| {crowd.stack} | {said} | {one.outcome.instance_hours:.1f} | {cost_of(one):.2f} "
        f"| {one.outcome.wait(95) or 0:.0f} | {one.outcome.refused} |"
        for said, one in runs.items()
    ]


def page(lines: Sequence[str], weeks: Sequence[str]) -> str:
    """Return the page with these lines of its tables."""
    return _PAGE.format(
        lines="\n".join(lines),
        weeks="\n".join(weeks),
        seeds=SEEDS[-1],
        week_seeds=WEEK_SEEDS[-1],
        seed=WEEK_SEEDS[0],
    )


def written(rows: Mapping[str, Mapping[int, Row]]) -> str:
    """Return the table as its file has it: a row on a line."""
    stacks = []
    for stack, found in rows.items():
        body = ",\n".join(f'      "{users}": {json.dumps(row)}' for users, row in found.items())
        stacks.append(f'    "{stack}": {{\n{body}\n    }}')
    head = f'  "as_of": "{AS_OF}",\n  "source": "make sizes, by hubctl simulate; docs/reference/crowd-sizes.md",\n'
    return f'{{\n{head}  "stacks": {{\n' + ",\n".join(stacks) + "\n  }\n}\n"


def _made(crowd: Crowd) -> tuple[Row, str, list[str]]:
    row = found_row(crowd)
    return row, line(crowd, row), week_lines(crowd, row) if crowd.users == SCENARIO_USERS else []


def crowds(files: Mapping[str, Path]) -> Iterator[Crowd]:
    """Yield a crowd for each row of the table."""
    for stack, file in files.items():
        for users in USERS:
            yield Crowd(stack=stack, file=file, users=users)


def main() -> int:
    """Write the table and the page."""
    with (
        synthesized(ROOT, STACK_NAMES[0], None) as lab,
        synthesized(ROOT, STACK_NAMES[1], None) as hub,
        ProcessPoolExecutor(2) as pool,
    ):
        each = list(crowds(dict(zip(STACK_NAMES, (lab, hub), strict=True))))
        rows: dict[str, dict[int, Row]] = {}
        lines, weeks = [], []
        for crowd, (row, said, week) in zip(each, pool.map(_made, each), strict=True):
            sys.stderr.write(f"{crowd.stack}, {crowd.users} users: {json.dumps(row)}\n")
            rows.setdefault(crowd.stack, {})[crowd.users] = row
            lines.append(said)
            weeks += week
    write_whole(FILE, written(rows))
    write_whole(PAGE, page(lines, weeks))
    return 0


_PAGE = """# What the rows of the defaults' table do

`make sizes` writes this page and the table itself, `stacks/settings/crowd_sizes.json`, whose rows
[`sized_for`](settings.md) names. It simulates instance types and numbers of spare places, with as
many users as a row is for, and takes the fewest spare places with which nobody is refused, an
announced class and an exam wait 10 s at most, and a class that was not announced 60 s. Of the
types it takes one whose week needs at most 0.8 of the instance hours of before, or else the one
whose week costs least. Choose the row at or above your largest class.

| stack | users | class | exam | unannounced | refused | cost | ratio | week |
|---|---|---|---|---|---|---|---|---|
{lines}

Waits are p95 in seconds, from asking for a server to having it; each is the worst of seeds 1 to
{seeds}. Refused are users of all seeds together. Cost is that of the announced class, four hours in
all, the worst of the seeds, in USD with the disks of the warm pool. Ratio is this cost of seed {seed}
to that of the cheapest settings without a timetable that serve everybody, however long they wait.
Week is the instance hours of a department's week, announced, as a part of what `recommended` of
before timetables took with the same users and enough instances (seeds 1 to {week_seeds}).

The department's week for 100 users (seed {seed}, `--scenario department-week --sized-for 100`), and
what the settings of before make of it, with their largest size and with enough instances:

| stack | settings | hours | cost | wait p95 | refused |
|---|---|---|---|---|---|
{weeks}

Hours of a larger instance type cost more, and the stopped instances of the warm pool pay for their
disks. So fewer hours are not always fewer USD: with 100 users the week costs more than before, for
the waits and refusals that are gone.

`r6i.xlarge` holds 20 users of the Lab, or 15 of the Chef hub, on four vCPUs: five or four users to
a vCPU, which is right for teaching, where most read and think. For heavy computing set
`instance_type` or `worker_instance_type` yourself, and the thresholds with it; both win over the
row. Workers of the rows do not grow by CPU (`worker_cpu_target_percent` 100): the hub asks for
workers itself, and a server does not move to a new one.

[Simulate](../how-to/simulate.md) your own arrivals before you rely on a row.
"""


if __name__ == "__main__":
    sys.exit(main())
