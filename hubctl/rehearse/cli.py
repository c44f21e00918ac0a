"""``hubctl rehearse``: let a class come to the trial Lab or the trial cluster, and see whether the waits are short enough."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from hubctl.core.command_line import GivenPath
from hubctl.core.console import err, out
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.rehearse.aims import read_aims
from hubctl.rehearse.picture import check_picture
from stacks.settings.text_files import EditedFileError

STACKS = ("aws-lab", "chef-hub")
SPEEDS = (1.0, 20.0)
LARGEST = 4  # hosts, unless more are asked for
MISSED = 1


@click.command("rehearse")
@click.option("--stack", required=True, type=click.Choice(STACKS), help="Stack to rehearse.")
@click.option(
    "--timetable",
    type=GivenPath(dir_okay=False),
    help="Timetable (YAML or iCalendar) whose class is rehearsed.",
)
@click.option("--class", "chosen", default="", help="Which class of it; by default the one that meets next.")
@click.option(
    "--unannounced", is_flag=True, help="Take only the class's times from the timetable, not its capacity."
)
@click.option(
    "--roster",
    "roster_file",
    type=GivenPath(dir_okay=False),
    help="CSV file: user,arrival and, optional, duration,class.",
)
@click.option("--users", type=int, help="How many come; a sample of the roster where it has more.")
@click.option(
    "--aim", "aims", multiple=True, metavar="AIM", help='What is to hold, say, "p95<=10s" or "refused<=0".'
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Decides who comes, and made-up arrivals."
)
@click.option(
    "--speed", type=float, default=10.0, show_default=True, help="How much faster than AWS time runs."
)
@click.option(
    "--places", type=int, help="Users on a host; by default as many as on an instance of the stack."
)
@click.option(
    "--max-size", type=int, default=LARGEST, show_default=True, help="Most hosts at once on this machine."
)
@click.option(
    "--warm-pool", "pool", type=int, help="Hosts in the warm pool; by default as in the stack's, 0 for none."
)
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A Terraform variable's value.")
@click.option("--json", "json_wanted", is_flag=True, help="Print numbers for programs.")
@click.option("--picture", "--svg", type=GivenPath(dir_okay=False), help="Draw it: FILE.svg or FILE.png.")
@click.option("--folder", type=GivenPath(), help="Synthesized folder; by default cdktf.out, or made anew.")
def command(**given: Any) -> None:
    """Let scripted users log in, start servers and run cells, on real hosts of this machine, in accelerated AWS time.

    Prints waits, refusals, capacity and cost. Exit status 1 says that an aim was missed, 2 that something given cannot be
    used. Needs root and the packages that `make system-packages` installs, as local-lab and local-swarm do.
    """
    from hubctl.rehearse.run import Request, rehearse

    request = _checked(given, Request)
    report = rehearse(request)
    from hubctl.rehearse.report import as_json, remarks, table, verdicts

    if given["json_wanted"]:
        out.paste(json.dumps(as_json(report), indent=2))
    else:
        table(report).show(out)
        for remark in remarks(report):
            out.say(f"- {remark}")
    for verdict in verdicts(report):
        (err if given["json_wanted"] else out).say(verdict)
    if given["picture"] is not None:
        from hubctl.rehearse.picture import write_picture

        write_picture(report, given["picture"])
        err.say(f"drawn: {given['picture']}")
    if report.missed:
        raise click.exceptions.Exit(MISSED)


def _checked(given: dict[str, Any], make: Callable[..., Any]) -> Any:
    """Read and check all that was given; raise BadInputError with every mistake."""
    from hubctl.rehearse.roster import read_roster
    from stacks.timetable.reading import read_timetable

    mistakes: list[str] = []
    remedies: list[str] = []

    def attempt(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except EditedFileError as error:
            mistakes.append(str(error))
            remedies.append(error.remedy)
        except HubctlError as error:
            mistakes.append(error.message)
            remedies.append(error.remedy)
        return None

    aims = attempt(lambda: read_aims(given["aims"]))
    roster = attempt(lambda: read_roster(given["roster_file"])) if given["roster_file"] else ()
    timetable = attempt(lambda: read_timetable(given["timetable"])) if given["timetable"] else None
    found = [*_numbers(given), *check_picture(given["picture"])]
    if (given["chosen"] or given["unannounced"]) and not given["timetable"]:
        found.append("--class and --unannounced say something about a timetable: give --timetable too")
    if not (given["roster_file"] or given["timetable"] or given["users"]):
        found.append("nobody comes: give --timetable, --roster or --users")
    if found:
        mistakes += found
        remedies.append("Correct that, and run it again.")
    if mistakes:
        raise BadInputError("\n".join(mistakes), remedy="\n".join(dict.fromkeys(remedies)))
    return make(
        stack=given["stack"],
        aims=aims,
        roster=roster,
        timetable=timetable,
        announced=timetable is not None and not given["unannounced"],
        chosen=given["chosen"],
        users=given["users"],
        seed=given["seed"],
        speed=given["speed"],
        places=given["places"],
        pool=given["pool"],
        largest=given["max_size"],
        variables=given["variables"],
        folder=given["folder"],
        now=datetime.now(UTC),
    )


def _numbers(given: dict[str, Any]) -> list[str]:
    found = []
    if not SPEEDS[0] <= given["speed"] <= SPEEDS[1]:
        found.append(f"--speed {given['speed']:g} is not between {SPEEDS[0]:g} and {SPEEDS[1]:g}")
    for name, option, least, most in (
        ("users", "--users", 1, 30),
        ("places", "--places", 1, 30),
        ("max_size", "--max-size", 1, 8),
        ("pool", "--warm-pool", 0, 4),
    ):
        value = given[name]
        if value is not None and not least <= value <= most:
            found.append(f"{option} {value} is not between {least} and {most}")
    return found
