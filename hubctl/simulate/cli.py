"""``hubctl simulate``: what a stack would do to users and costs, before it is deployed."""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from hubctl.core.command_line import GivenPath
from hubctl.core.configuration.given_variables import (
    check_variables,
    given_values,
    read_numbers,
    read_pairs,
    split_pairs,
)
from hubctl.core.configuration.stack import read_configuration
from hubctl.core.configuration.synthesized import synthesized
from hubctl.core.console import counting, err, out
from hubctl.core.errors import BadInputError
from hubctl.core.project_folders import ROOT
from hubctl.prices.files import price_files
from hubctl.simulate.arrivals import one_server_each, read_arrivals
from hubctl.simulate.columns import Arrival
from hubctl.simulate.comparisons import (
    BEFORE,
    GROUPS,
    before,
    with_enough,
    without_timetable,
)
from hubctl.simulate.durations import DAY
from hubctl.simulate.model import DEFAULTS, SimulationAssumptions, StackModel
from hubctl.simulate.report import (
    BEFORE_HEADING,
    CHEAPEST_HEADING,
    ENOUGH_HEADING,
    SimulationResult,
    as_json,
    remarks,
    table,
    with_ratios,
)
from hubctl.simulate.run import simulate
from hubctl.simulate.scenarios import SCENARIOS, AnnouncedClass
from hubctl.simulate.sizing import announced, row_for, with_pool
from hubctl.simulate.stack_reading import KINDS, read_stack
from hubctl.simulate.suggest import (
    HEADROOM,
    Aim,
    as_variable_options,
    candidates,
    most_at_once,
    read_aim,
    suggest,
)

LARGE = 1_000_000  # bytes of a file that takes a moment to read
MANY = 20_000  # arrivals from which on progress is shown
_SCENARIOS = "\n\n".join(f"{scenario.name}: {scenario.about}" for scenario in SCENARIOS.values())


@dataclass(frozen=True, kw_only=True)
class SimulationTask:
    """What is simulated, whatever the settings. ``seconds`` None means until after the last session."""

    stack: str
    file: Path
    arrivals: Sequence[Arrival]
    assumptions: SimulationAssumptions
    seed: int
    seconds: float | None
    sized_for: int | None = None
    classes: Sequence[AnnouncedClass] = ()

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
            spare = int(
                variables.get(GROUPS[model.kind].spare, self.defaults.get(GROUPS[model.kind].spare) or 0)
            )
            model = announced(model, self.classes, spare)
        return self.simulated(model, variables, label, heading)

    def model(self, variables: Mapping[str, Any]) -> StackModel:
        """Return the stack; where it is sized for users, with the warm pool of its row."""
        check_variables(self.stack, dict(variables))
        model = read_stack(self.file, self.stack, variables)
        pool = variables.get(GROUPS[model.kind].pool, 0) if self.sized_for else 0
        return with_pool(model, int(pool))

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
                seconds=self.seconds,
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


@contextmanager
def showing_users(total: int) -> Iterator[Callable[[int], object] | None]:
    """Show how many of many users have come: as a bar, or outside a terminal as a line for each tenth."""
    if total < MANY:
        yield None
    elif err.is_terminal:
        with counting("users simulated", total, err) as advance:
            yield advance
    else:
        done = 0

        def tell(more: int) -> None:
            nonlocal done
            if (done + more) * 10 // total > done * 10 // total:
                err.say(f"{done + more:,} of {total:,} users simulated")
            done += more

        yield tell


@click.command("simulate", epilog=f"Scenarios:\n\n{_SCENARIOS}")
@click.option(
    "--stack",
    "stacks",
    required=True,
    multiple=True,
    type=click.Choice([*KINDS, "all"]),
    help="Stack to simulate; given twice, or `all`: side by side.",
)
@click.option("--scenario", type=click.Choice(list(SCENARIOS)), help="Users to make up; see below.")
@click.option(
    "--arrivals",
    "arrivals_file",
    type=GivenPath(),
    help="CSV file of users: timestamp,user,duration (seconds).",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same numbers.")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A Terraform variable's value.")
@click.option(
    "--compare",
    "comparisons",
    multiple=True,
    metavar="NAME=VALUE,...",
    help="Simulate with these variables too, side by side; may be given several times.",
)
@click.option(
    "--assume", "assumed", multiple=True, metavar="NAME=NUMBER", help="What the stack does not say: boot=120."
)
@click.option(
    "--suggest", "aim_text", metavar="AIM", help='Search the cheapest settings with, say, "p95<=60s".'
)
@click.option(
    "--sized-for",
    type=int,
    metavar="USERS",
    help="With the settings of the defaults' table for so many users (stacks/settings/crowd_sizes.json).",
)
@click.option(
    "--announced/--unannounced",
    "is_announced",
    default=None,
    help="With the timetable that the scenario's teachers would have announced, or without.",
)
@click.option("--plot", "plot_file", type=GivenPath(), help="Draw the course as a PNG.")
@click.option("--json", "json_wanted", is_flag=True, help="Print numbers for programs.")
@click.option(
    "--folder",
    type=GivenPath(),
    help="Synthesized folder; by default cdktf.out, or made anew.",
)
def command(
    stacks: tuple[str, ...],
    scenario: str | None,
    arrivals_file: Path | None,
    seed: int,
    variables: tuple[str, ...],
    comparisons: tuple[str, ...],
    assumed: tuple[str, ...],
    aim_text: str | None,
    sized_for: int | None,
    is_announced: bool | None,
    plot_file: Path | None,
    json_wanted: bool,
    folder: Path | None,
) -> None:
    """Foresee waits, refusals, lost sessions, instance hours and cost of a synthesized stack.

    Users arrive in imagined time; the stack's own alarms and policies scale it, by AWS's documented rules.
    """
    chosen = list(KINDS) if "all" in stacks else list(dict.fromkeys(stacks))
    assumptions = {
        stack: DEFAULTS[KINDS[stack]].changed(read_numbers(assumed, "--assume")) for stack in chosen
    }
    aim = read_aim(aim_text, assumptions[chosen[0]]) if aim_text is not None else None
    given = read_pairs(variables, "--var")
    compared = [read_pairs(split_pairs(text), "--compare") for text in comparisons]
    rows = {stack: row_for(stack, sized_for) for stack in chosen} if sized_for is not None else {}
    classes = _classes(scenario, is_announced)
    arrivals, seconds, what = _arrivals(scenario, arrivals_file, seed)
    _check_plot(plot_file)
    price_files()  # what is wrong with them is said before anything else takes its time
    results: list[SimulationResult] = []
    beside: list[SimulationResult] = []
    defaults: Mapping[str, Any] = {}
    for stack in chosen:
        users, row = rows.get(stack, (None, {}))
        with synthesized(ROOT, stack, folder) as file:
            task = SimulationTask(
                stack=stack,
                file=file,
                arrivals=arrivals,
                assumptions=assumptions[stack],
                seed=seed,
                seconds=seconds,
                sized_for=users,
                classes=classes,
            )
            mains = _with_comparisons(task, row, given, compared, several=len(chosen) > 1)
            if aim is not None:
                mains.append(_suggested(task, mains[0].variables, aim, mains[0]))
            if users is not None:
                found = compare(task, row)
                mains[0] = with_ratios(mains[0], found)
                beside += found
            results += mains
            defaults = task.defaults if len(chosen) == 1 else {}
    results += beside
    title = f"{' and '.join(chosen)}, {what}, seed {seed}"
    if json_wanted:
        out.paste(json.dumps([as_json(result) for result in results], indent=2))
    else:
        table(results, title, defaults).show(out)
        for remark in remarks(results):
            out.say(f"- {remark}")
    if plot_file is not None:
        from hubctl.simulate.report import plot

        plot(results, plot_file, title)
        err.say(f"drawn: {plot_file}")


def _with_comparisons(
    task: SimulationTask,
    row: Mapping[str, Any],
    given: Mapping[str, str],
    compared: Sequence[Mapping[str, str]],
    *,
    several: bool,
) -> list[SimulationResult]:
    base, *others = (given_values(task.declared, pairs) for pairs in (given, *compared))
    said = as_variable_options(base) or ("as synthesized" if not row else f"sized for {task.sized_for}")
    if task.classes:
        said += ", announced"
    short = "with --var" if base else f"for {task.sized_for} users" if row else "as synthesized"
    start = f"{task.stack}: " if several else ""
    results = [task.run({**row, **base}, start + said, task.stack if several else short)]
    results += [
        task.run(
            {**row, **base, **other},
            start + as_variable_options(other),
            f"comparison {number}" if others[1:] else "comparison",
        )
        for number, other in enumerate(others, 1)
    ]
    return results


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


def _classes(scenario: str | None, is_announced: bool | None) -> Sequence[AnnouncedClass]:
    if not is_announced:
        return ()
    if scenario is None or not SCENARIOS[scenario].announced:
        with_classes = [name for name, each in SCENARIOS.items() if each.announced]
        raise BadInputError(
            f"--announced: {'arrivals of a file have' if scenario is None else f'{scenario} has'} no timetable",
            remedy=f"Give one of the scenarios {', '.join(with_classes)}, or leave --announced out.",
        )
    return SCENARIOS[scenario].announced


def _arrivals(
    scenario: str | None, file: Path | None, seed: int
) -> tuple[Sequence[Arrival], float | None, str]:
    """Return the arrivals, how long to look in seconds, and what to call it."""
    if (scenario is None) == (file is None):
        raise BadInputError(
            "either --scenario or --arrivals is needed"
            if file is None
            else "both --scenario and --arrivals are given",
            remedy=f"Give one of the scenarios {', '.join(SCENARIOS)}, or a CSV file.",
        )
    if file is not None:
        if file.is_file() and file.stat().st_size > LARGE:
            err.say(f"reading {file.name}, {file.stat().st_size / 1e6:.0f} MB")
        found = read_arrivals(file)
        for sentence in found.said:
            err.say(sentence)
        arrivals = one_server_each(found.arrivals)
        if joined := len(found.arrivals) - len(arrivals):
            err.say(
                f"{joined} of {len(found.arrivals)} arrivals are of users whose server still runs: counted as one session"
            )
        return arrivals, None, file.name
    chosen = SCENARIOS[str(scenario)]
    return chosen.arrivals(seed), chosen.seconds, chosen.name


def _check_plot(file: Path | None) -> None:
    if file is not None and (file.suffix != ".png" or not file.absolute().parent.is_dir()):
        raise BadInputError(
            f"--plot {file} is not a .png file in an existing folder",
            remedy="Give a path such as simulation.png.",
        )


def _suggested(
    task: SimulationTask, base: Mapping[str, Any], aim: Aim, current: SimulationResult
) -> SimulationResult:
    tried = list(candidates(current.model, task.arrivals))
    with counting("trying settings", len(tried), err) as advance:
        return suggest(
            aim,
            tried,
            lambda values: task.run(
                {**base, **values}, f"suggested: {as_variable_options(values)}", "suggested"
            ),
            lambda: advance(1),
            current,
        )[1]
