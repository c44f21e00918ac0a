"""``python -m tools.sizes``: what the rows of the defaults' table do to users and costs, as docs/reference/crowd-sizes.md.

The scenarios of the simulator are made larger or smaller, to as many users as a row is for. Each class is simulated with
several seeds, of which the worst is shown; a week of a department with the first few of them, as it takes long.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from hubctl.core.configuration.synthesized import synthesized
from hubctl.core.project_folders import ROOT
from hubctl.simulate.columns import Arrival
from hubctl.simulate.comparisons import GROUPS, before, with_enough
from hubctl.simulate.model import DEFAULTS, Outcome
from hubctl.simulate.run import simulate
from hubctl.simulate.scenarios import SCENARIOS, AnnouncedClass
from hubctl.simulate.sizing import announced, with_pool
from hubctl.simulate.stack_reading import KINDS, read_stack
from stacks.settings.crowd_sizes import table

PAGE = ROOT / "docs" / "reference" / "crowd-sizes.md"
SCENARIO_USERS = 100  # that the scenarios are made for
SEEDS, WEEK_SEEDS = tuple(range(1, 11)), (1, 2)
HEAD = """# What the rows of the defaults' table do

`make sizes` writes this page: it simulates each row of `stacks/settings/crowd_sizes.json`, which
[`sized_for`](settings.md) names, with as many users as the row is for. Choose the row at or above
your largest class.

"""
TAIL = f"""
Waits are p95 in seconds, from asking for a server to having it; each is the worst of seeds 1 to {SEEDS[-1]}.
Refused are users of all seeds together, hours the instance hours of the announced class.
Week is the instance hours of a department's week, announced, as a part of what `recommended` of
before timetables took with the same users and enough instances (seeds 1 to {WEEK_SEEDS[-1]}).

From 50 users on the type is `r6i.xlarge`: memory is what users need. With 32 GiB it holds 20 users
of the Lab, or 15 of the Chef hub, on four vCPUs: five or four users to a vCPU, which is right for
teaching, where most read and think. For heavy computing set `instance_type` or
`worker_instance_type` yourself, and the thresholds with it; both win over the row. Row 20 keeps
`m6i.xlarge`: a small Lab pays for one instance at night, and it is the cheaper one.

[Simulate](../how-to/simulate.md) your own arrivals before you rely on a row.
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One simulation of a row."""

    stack: str
    file: Path
    users: int
    scenario: str
    told: bool
    seed: int
    old: bool = False

    def run(self) -> Outcome:
        """Simulate."""
        kind, chosen = KINDS[self.stack], SCENARIOS[self.scenario]
        row = with_enough(kind, self.users) if self.old else table(self.stack)[self.users]
        model = read_stack(self.file, self.stack, row)
        if self.old:
            model = before(model)
        else:
            model = with_pool(model, int(row.get(GROUPS[kind].pool, 0)))
            if self.told:
                model = announced(model, self.classes(), int(row.get(GROUPS[kind].spare, 0)))
        arrivals = scaled(self.scenario, self.users, self.seed)
        return simulate(model, arrivals, assumptions=DEFAULTS[kind], seed=self.seed, seconds=chosen.seconds)

    def classes(self) -> Sequence[AnnouncedClass]:
        """Return the scenario's classes with as many users as the row is for."""
        share = self.users / SCENARIO_USERS
        return [
            replace(one, users=math.ceil(one.users * share)) for one in SCENARIOS[self.scenario].announced
        ]


def scaled(scenario: str, users: int, seed: int) -> list[Arrival]:
    """Return the arrivals of a scenario for so many users: of several seeds together, and of the last one a part."""
    found: list[Arrival] = []
    left, draw = users / SCENARIO_USERS, 0
    while left > 0:
        made = SCENARIOS[scenario].arrivals(seed + 1000 * draw)
        step = max(1.0, 1 / left)
        kept = [made[int(place * step)] for place in range(int(len(made) / step))]
        found += [replace_user(one, f"{one.user}-{draw}") for one in kept]
        left, draw = left - 1, draw + 1
    return sorted(found)


def replace_user(arrival: Arrival, user: str) -> Arrival:
    """Return an arrival of another user."""
    return Arrival(time=arrival.time, user=user, duration=arrival.duration)


def line(stack: str, file: Path, users: int, seeds: Sequence[int], weeks: Sequence[int]) -> str:
    """Return the line of the page for a row."""

    def of(scenario: str, chosen: Sequence[int], *, told: bool, old: bool = False) -> Iterator[Outcome]:
        for seed in chosen:
            case = Case(stack=stack, file=file, users=users, scenario=scenario, told=told, seed=seed, old=old)
            yield case.run()

    told, untold = (list(of("class-of-100", seeds, told=one)) for one in (True, False))
    exam = list(of("exam", seeds, told=True))
    new, old = (
        sum(one.instance_hours for one in of("department-week", weeks, told=True, old=then))
        for then in (False, True)
    )
    waits = [f"{max(one.wait(95) or 0 for one in each):.0f}" for each in (told, exam, untold)]
    refused = sum(one.refused for each in (told, exam, untold) for one in each)
    hours = max(one.instance_hours for one in told)
    return f"| {' | '.join([stack, str(users), *waits, str(refused), f'{hours:.1f}', f'{new / old:.2f}'])} |"


def page(lines: Sequence[str]) -> str:
    """Return the page with these lines of its table."""
    heads = ["stack", "users", "class", "exam", "unannounced", "refused", "hours", "week"]
    return "\n".join(
        [HEAD.rstrip(), "", f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *lines, TAIL.rstrip(), ""]
    )


def main() -> int:
    """Write the page."""
    with (
        synthesized(ROOT, "aws-lab", None) as lab,
        synthesized(ROOT, "chef-hub", None) as hub,
        ProcessPoolExecutor(2) as pool,
    ):
        files = {"aws-lab": lab, "chef-hub": hub}
        jobs = [
            pool.submit(line, stack, files[stack], users, SEEDS, WEEK_SEEDS)
            for stack in files
            for users in table(stack)
        ]
        PAGE.write_text(page([job.result() for job in jobs]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
