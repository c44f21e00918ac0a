"""``hubctl timetable``: show a week of it with capacity and cost, or make one from what happened."""

import json
import os
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from hubctl.core.command_line import CommandGroup, GivenPath
from hubctl.core.configuration.given_variables import OrderedCommand, check_variables
from hubctl.core.configuration.stack import Stack
from hubctl.core.configuration.synthesized import (
    configuration_options,
    load_stacks,
    stack_options,
)
from hubctl.core.console import err, out
from hubctl.core.errors import BadInputError
from hubctl.core.files import write_whole
from hubctl.core.project_folders import ROOT
from stacks.registry import STACK_NAMES

LARGE = 5_000_000  # bytes that take seconds to read
_day = click.DateTime(["%Y-%m-%d"])


@click.group("timetable", cls=CommandGroup)
def command() -> None:
    """Show the week of a timetable with capacity and cost, or make a timetable from what happened."""


@command.command("show", cls=OrderedCommand)
@stack_options
@click.option(
    "--timetable",
    "file",
    type=GivenPath(),
    help="Timetable to show; by default the one that the settings name.",
)
@click.option("--week", metavar="YEAR-WEEK", help="ISO week, such as 2026-W49; this week by default.")
@click.option("--from", "first", metavar="DATE", help="Show seven days from here instead.")
@click.option("--svg", "svg_file", type=GivenPath(), help="Draw the week as an SVG, too.")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON instead (docs/reference/timetable.md).")
def show(
    stacks: tuple[str, ...],
    variables: tuple[str, ...],
    files: tuple[Path, ...],
    folder: Path | None,
    file: Path | None,
    week: str | None,
    first: str | None,
    svg_file: Path | None,
    json_wanted: bool,
) -> None:
    """Print a week: users expected, instances of the stacks that are ready for them, and what those cost.

    Warns of classes that do not fit, and of terms that end.
    """
    from hubctl.prices.files import price_files
    from hubctl.timetable.capacity import stack_weeks
    from hubctl.timetable.remarks import left_out, remarks
    from hubctl.timetable.source import chosen_timetable
    from hubctl.timetable.svg import WeekDrawing
    from hubctl.timetable.week import chosen_day, week_of
    from hubctl.timetable.week_report import as_json, print_week

    _check_picture(svg_file)
    price_files()  # what is wrong with them is said before anything else takes its time
    source = chosen_timetable(ROOT, file, stacks)
    for sentence in source.remarks:
        err.say(sentence)
    today = datetime.now(ZoneInfo(source.timetable.zone)).date()
    shown = week_of(source.timetable, chosen_day(week, first, today))
    loaded = load_stacks(ROOT, source.stacks, folder=folder, variables=variables, files=files)
    for stack in loaded:
        check_variables(stack.name, dict(stack.given))
    sizes, problems = stack_weeks(shown, loaded, asked_for=bool(stacks))
    found = [*left_out(problems), *remarks(shown, sizes, today)]
    if svg_file is not None:
        write_whole(
            svg_file, WeekDrawing(shown, sizes).drawn(), remedy="Make room, or give another --svg FILE."
        )
        err.say(f"drawn: {svg_file}")
    if json_wanted:
        out.paste(json.dumps(as_json(shown, sizes, found, source.name), indent=2))
    else:
        print_week(shown, sizes, found, out)


def _check_picture(file: Path | None) -> None:
    if file is not None and (file.suffix != ".svg" or not file.absolute().parent.is_dir()):
        raise BadInputError(
            f"--svg {file} is not a .svg file in an existing folder", remedy="Give a path such as week.svg."
        )


@command.command("suggest", cls=OrderedCommand)
@click.option(
    "--arrivals", "arrivals_file", required=True, type=GivenPath(), help="CSV file of users, as for simulate."
)
@click.option("--time-zone", "zone_name", default="UTC", show_default=True, help="Time zone of the classes.")
@click.option(
    "--local-times", is_flag=True, help="Time stamps without a zone are of --time-zone, not of UTC."
)
@click.option("--weeks", type=click.IntRange(min=3), help="Look at the last so many weeks only.")
@click.option(
    "--held-out", type=click.IntRange(min=1), help="Weeks that check the others; by default a quarter."
)
@click.option(
    "--percentile",
    type=click.FloatRange(0, 100),
    default=90.0,
    show_default=True,
    help="Plan for so many of 100 weeks: of a class's users over the weeks.",
)
@click.option(
    "--smallest", type=click.IntRange(min=2), default=8, show_default=True, help="Users of a class, at least."
)
@click.option(
    "--from", "first", type=_day, metavar="DATE", help="First day of the term; by default the next Monday."
)
@click.option("--until", "last", type=_day, metavar="DATE", help="Last day of the term; by default 16 weeks.")
@click.option("--output", type=GivenPath(), help="Write the timetable to this file, not to standard output.")
@click.option("--force", is_flag=True, help="Replace the file that --output names.")
@click.option(
    "--stack",
    type=click.Choice(STACK_NAMES),
    help="Simulate the weeks that check it with this stack, without and with the timetable.",
)
@configuration_options
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON instead (docs/reference/timetable.md).")
def suggest(
    arrivals_file: Path,
    zone_name: str,
    local_times: bool,
    weeks: int | None,
    held_out: int | None,
    percentile: float,
    smallest: int,
    first: datetime | None,
    last: datetime | None,
    output: Path | None,
    force: bool,
    stack: str | None,
    variables: tuple[str, ...],
    files: tuple[Path, ...],
    folder: Path | None,
    json_wanted: bool,
) -> None:
    """Make a timetable of the classes that came every week, and say how wrong it would have been.

    The timetable goes to standard output, and the report to standard error; with --output the report takes its place.
    """
    from hubctl.timetable.attendance import read_attendance
    from hubctl.timetable.capacity import read_model
    from hubctl.timetable.suggest import SuggestionRequest, as_yaml, chosen_zone, suggested
    from hubctl.timetable.suggest_report import as_json, print_suggestion
    from hubctl.timetable.waits import compared_waits

    zone = chosen_zone(zone_name)
    _check_output(output, force=force)
    if stack is None and (variables or files or folder):
        raise BadInputError(
            "--var, --var-file and --folder belong to --stack", remedy="Give --stack too, or leave them out."
        )
    loaded = _one_stack(stack, folder, variables, files)
    _say_reading(arrivals_file)
    attendance = read_attendance(arrivals_file, zone, local_times=local_times)
    for sentence in attendance.said:
        err.say(sentence)
    made = suggested(
        attendance,
        SuggestionRequest(
            zone=zone,
            smallest=smallest,
            percentile=percentile,
            weeks=weeks,
            held_out=held_out,
            first=_date(first),
            last=_date(last),
        ),
    )
    compared = None
    if loaded is not None:
        compared = compared_waits(read_model(loaded), made.attendance, made.backtest)
    text = as_yaml(made, arrivals_file.name)
    written = None
    if output is not None:
        replaced = output.exists()
        write_whole(output, text, new=not force, remedy="Make room, or give another --output FILE.")
        written = str(output)
        err.say(f"{'replaced' if replaced else 'written'}: {output}")
    if json_wanted:
        out.paste(json.dumps(as_json(made, text, written, compared), indent=2))
    elif output is None:
        print_suggestion(made, compared, err)
        out.paste(text.rstrip("\n"))
    else:
        print_suggestion(made, compared, out)


def _one_stack(
    name: str | None, folder: Path | None, variables: tuple[str, ...], files: tuple[Path, ...]
) -> Stack | None:
    """Return the stack of that name with its variables."""
    if name is None:
        return None
    (stack,) = load_stacks(ROOT, [name], folder=folder, variables=variables, files=files)
    check_variables(stack.name, dict(stack.given))
    return stack


def _say_reading(file: Path) -> None:
    """Say what takes a while; a file that is not there is named by who reads it."""
    size = file.stat().st_size if file.is_file() else 0
    if size > LARGE:
        err.say(f"reading {file}, {size / 1e6:.0f} MB")


def _date(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _check_output(file: Path | None, *, force: bool) -> None:
    """Refuse what could not be written, before the arrivals take their time."""
    if file is None:
        return
    if not file.absolute().parent.is_dir() or file.suffix not in (".yaml", ".yml"):
        raise BadInputError(
            f"--output {file} is not a .yaml file in an existing folder",
            remedy="Give a path such as timetable.yaml.",
        )
    if file.exists() and not force:
        raise BadInputError(
            f"--output {file} exists", remedy="Give another file, or replace this one with --force."
        )
    if not os.access(file.absolute().parent, os.W_OK):
        raise BadInputError(
            f"--output {file} cannot be written: no permission", remedy="Give a file in another folder."
        )
