"""``hubctl timetable``: make one from what happened."""

import json
import os
from datetime import date, datetime
from pathlib import Path

import click

from hubctl.core.command_line import CommandGroup, GivenPath
from hubctl.core.console import err, out
from hubctl.core.errors import BadInputError
from hubctl.core.files import write_whole

_day = click.DateTime(["%Y-%m-%d"])


@click.group("timetable", cls=CommandGroup)
def command() -> None:
    """Make a timetable of classes from what happened."""


@command.command("suggest")
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
    json_wanted: bool,
) -> None:
    """Make a timetable of the classes that came every week, and say how wrong it would have been.

    The timetable goes to standard output, and the report to standard error; with --output the report takes its place.
    """
    from hubctl.timetable.attendance import read_attendance
    from hubctl.timetable.suggest import SuggestionRequest, as_yaml, chosen_zone, suggested
    from hubctl.timetable.suggest_report import as_json, print_suggestion

    zone = chosen_zone(zone_name)
    _check_output(output, force=force)
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
    text = as_yaml(made, arrivals_file.name)
    written = None
    if output is not None:
        replaced = output.exists()
        write_whole(output, text, new=not force, remedy="Make room, or give another --output FILE.")
        written = str(output)
        err.say(f"{'replaced' if replaced else 'written'}: {output}")
    if json_wanted:
        out.paste(json.dumps(as_json(made, text, written), indent=2))
    elif output is None:
        print_suggestion(made, err)
        out.paste(text.rstrip("\n"))
    else:
        print_suggestion(made, out)


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
