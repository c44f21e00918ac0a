"""``hubctl simulate``: what a stack would do to users and costs, before it is deployed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from hubctl.core.command_line import GivenPath
from hubctl.core.configuration.given_variables import (
    given_values,
    read_numbers,
    read_pairs,
    split_pairs,
)
from hubctl.core.configuration.synthesized import synthesized
from hubctl.core.console import counting, err, out
from hubctl.core.errors import BadInputError
from hubctl.core.project_folders import ROOT
from hubctl.prices.files import price_files
from hubctl.simulate.arrivals import one_server_each, read_arrivals
from hubctl.simulate.columns import Arrival
from hubctl.simulate.course import course
from hubctl.simulate.model import DEFAULTS
from hubctl.simulate.report import (
    SimulationResult,
    as_json,
    remarks,
    side_by_side,
    table,
    with_ratios,
)
from hubctl.simulate.scenarios import SCENARIOS, AnnouncedClass
from hubctl.simulate.schedules import said_of_schedule
from hubctl.simulate.sizing import row_for
from hubctl.simulate.stack_reading import KINDS, read_stack
from hubctl.simulate.suggest import (
    Aim,
    as_variable_options,
    candidates,
    read_aim,
    said_of_search,
    suggest,
)
from hubctl.simulate.task import SimulationTask, compare, showing

LONGEST_DAYS = 400  # a year, and the days around it
LARGE = 1_000_000  # bytes of a file that takes a moment to read
_SCENARIOS = "\n\n".join(f"{scenario.name}: {scenario.about}" for scenario in SCENARIOS.values())


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
@click.option(
    "--unavailable",
    multiple=True,
    metavar="TYPE",
    help="An instance type of which AWS has no capacity; may be given several times.",
)
@click.option("--plot", "plot_file", type=GivenPath(), help="Draw the course as a PNG or an SVG.")
@click.option("--course", "course_wanted", is_flag=True, help="Draw the course as letters below the table.")
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
    unavailable: tuple[str, ...],
    plot_file: Path | None,
    course_wanted: bool,
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
    came = _arrivals(scenario, arrivals_file, seed)
    _check_plot(plot_file)
    price_files()  # what is wrong with them is said before anything else takes its time
    results: list[SimulationResult] = []
    beside: list[SimulationResult] = []
    searched: list[str] = []
    defaults: Mapping[str, Any] = {}
    for stack in chosen:
        users, row = rows.get(stack, (None, {}))
        with synthesized(ROOT, stack, folder) as file:
            task = SimulationTask(
                stack=stack,
                file=file,
                arrivals=came.arrivals,
                assumptions=assumptions[stack],
                seed=seed,
                seconds=came.seconds,
                sized_for=users,
                classes=classes,
                begin=came.begin,
                unavailable=frozenset(unavailable),
            )
            if said := said_of_schedule(read_stack(file, stack), task.begin, task.length):
                err.say(said)
            mains = _with_comparisons(task, row, given, compared, several=len(chosen) > 1)
            if aim is not None:
                mains.append(_suggested(task, mains[0].variables, aim, mains[0]))
                searched.append(said_of_search(mains[0].model, task.declared))
            if users is not None:
                found = compare(task, row)
                mains[0] = with_ratios(mains[0], found)
                beside += found
            results += mains
            defaults = task.defaults if len(chosen) == 1 else {}
    results += beside
    title = f"{' and '.join(chosen)}, {came.name}, seed {seed}"
    if json_wanted:
        out.paste(json.dumps([as_json(result) for result in results], indent=2))
    else:
        _show(results, beside, title, defaults)
        for remark in (*remarks(results), *dict.fromkeys(searched)):
            out.say(f"- {remark}")
        for result in results if course_wanted else ():
            out.say()
            for line in course(result, out.width, plain=not out.encoding.lower().startswith("utf")):
                out.paste(line)
    if plot_file is not None:
        from hubctl.simulate.report import plot

        plot(results, plot_file, title)
        err.say(f"drawn: {plot_file}")


def _show(
    results: Sequence[SimulationResult],
    beside: Sequence[SimulationResult],
    title: str,
    defaults: Mapping[str, Any],
) -> None:
    """Show the results in columns; those that stand ``beside`` for comparison make a table with a line for each."""
    table([result for result in results if result not in beside], title, defaults).show(out)
    if beside:
        side_by_side(results).show(out)


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


@dataclass(frozen=True, kw_only=True)
class _Arrivals:
    """Who comes, how long to look in seconds, when it begins (see :class:`SimulationTask`), and what to call it."""

    arrivals: Sequence[Arrival]
    seconds: float | None
    begin: float | None
    name: str


def _arrivals(scenario: str | None, file: Path | None, seed: int) -> _Arrivals:
    if (scenario is None) == (file is None):
        raise BadInputError(
            "either --scenario or --arrivals is needed"
            if file is None
            else "both --scenario and --arrivals are given",
            remedy=f"Give one of the scenarios {', '.join(SCENARIOS)}, or a CSV file.",
        )
    if file is not None:
        with showing("bytes read", file.stat().st_size if file.is_file() else 0, LARGE) as advance:
            found = read_arrivals(file, longest_days=LONGEST_DAYS, progress=advance)
        for sentence in found.said:
            err.say(sentence)
        arrivals = one_server_each(found.arrivals)
        if joined := len(found.arrivals) - len(arrivals):
            err.say(
                f"{joined} of {len(found.arrivals)} arrivals are of users whose server still runs: counted as one session"
            )
        return _Arrivals(arrivals=arrivals, seconds=None, begin=found.start, name=file.name)
    chosen = SCENARIOS[str(scenario)]
    return _Arrivals(arrivals=chosen.arrivals(seed), seconds=chosen.seconds, begin=None, name=chosen.name)


def _check_plot(file: Path | None) -> None:
    if file is not None and (file.suffix not in (".png", ".svg") or not file.absolute().parent.is_dir()):
        raise BadInputError(
            f"--plot {file} is not a .png or .svg file in an existing folder",
            remedy="Give a path such as simulation.png.",
        )


def _suggested(
    task: SimulationTask, base: Mapping[str, Any], aim: Aim, current: SimulationResult
) -> SimulationResult:
    tried = list(candidates(current.model, task.arrivals, task.declared))
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
