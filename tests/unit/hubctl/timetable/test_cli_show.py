"""``hubctl timetable show``: what it prints and writes, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.in_process import Ran, run_hubctl
from tests.support.price_files import editing
from tests.support.printed import flat, too_wide

Run = Callable[..., Ran]
TEXT = """\
zone: Europe/Berlin
lead_minutes: 15
terms:
  winter: {first: 2026-10-12, last: 2027-02-05}
holidays:
  - {first: 2026-12-02, last: 2026-12-02, name: Foundation day}
classes:
  - {name: Statistics for beginners, days: [mon, wed], start: "09:00", end: "10:30", users: 100}
  - {name: Machine learning, days: [mon], start: "10:00", end: "12:00", users: 40, environment: gpu}
"""
WEEK = "--week=2026-W49"


@pytest.fixture
def show(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """Return ``show(*options)``: runs the command in a folder with ``timetable.yaml``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "timetable.yaml").write_text(TEXT, encoding="utf-8")

    def run(*options: str, width: int = 80, text: str | None = None) -> Ran:
        monkeypatch.setenv("COLUMNS", str(width))
        if text is not None:
            (tmp_path / "timetable.yaml").write_text(text, encoding="utf-8")
        words = ("timetable", "show", f"--folder={folder}", "--timetable=timetable.yaml", *options)
        return run_hubctl(*words, monkeypatch=monkeypatch, capture=capfd)

    return run


def test_a_week_with_everything(show: Run) -> None:
    ran = show(WEEK)
    assert ran.code == 0, ran.errors
    for text in (
        "2026-W49, Mon 30 November to Sun 6 December 2026, Europe/Berlin",
        "holiday: Wed 2 Dec, Foundation day",
        "Mon 30 Nov 09:45-10:30",
        "instance hours for classes",
        "cost of classes",
        "aws-lab: m6i.xlarge on demand, 0.192 USD an hour (hubctl/prices/ec2.json, 2026-",
        "warning: chef-hub: the group has at most",
        "warning: chef-hub: hub_max_users lets",
    ):
        assert text in flat(ran.output), text
    assert "··░░▆▆▆▆▆▆███▃▃▃▃▃▃▃▃▃·" in ran.output
    assert ran.errors == ""


@pytest.mark.parametrize("width", [30, 50, 80, 120, 200])
def test_it_fits_the_terminal(show: Run, width: int) -> None:
    assert too_wide(show(WEEK, width=width).output, width) == []


def test_one_stack_and_a_week_without_classes(show: Run) -> None:
    ran = show("--from=2026-12-05", "--stack=aws-lab")
    assert ran.code == 0, ran.errors
    assert "from 2026-12-05, Sat 5 December to Fri 11 December 2026" in flat(ran.output)
    assert "chef-hub" not in ran.output
    ran = show("--week=2027-W30")
    assert (ran.code, "no class in these days" in ran.output) == (0, True)
    assert "its last class is on 2027-02-03" in flat(ran.output)


@pytest.mark.terraform
def test_variables_count(show: Run) -> None:
    options = ("--stack=aws-lab", "--var=max_size=20", "--var=min_size=2")
    ran = show(WEEK, *options)
    assert ran.code == 0, ran.errors
    assert "the group has at most" not in ran.output
    document = json.loads(show(WEEK, *options, "--json").output)
    assert (document["stacks"][0]["smallest"], document["stacks"][0]["largest"]) == (2, 20)


def test_json(show: Run) -> None:
    document = json.loads(show(WEEK, "--json", "--stack=aws-lab").output)
    assert set(document) == {
        "version",
        "timetable",
        "zone",
        "lead_minutes",
        "week",
        "holidays",
        "classes",
        "capacity",
        "stacks",
        "warnings",
    }
    assert document["week"] == {
        "name": "2026-W49",
        "first": "2026-11-30",
        "last": "2026-12-06",
        "hours": 168.0,
    }
    assert document["holidays"] == [{"date": "2026-12-02", "name": "Foundation day"}]
    assert document["classes"][1] == {
        "name": "Machine learning",
        "start": "2026-11-30T10:00:00+01:00",
        "end": "2026-11-30T12:00:00+01:00",
        "users": 40,
        "spare": 0,
        "environment": "gpu",
    }
    (first, *_), (stack,) = document["capacity"], document["stacks"]
    assert (first["start"], first["classes"]) == ("2026-11-30T08:45:00+01:00", ["Statistics for beginners"])
    needed = -(-100 // stack["places"])  # those that stay free come once users arrive
    assert first["instances"]["aws-lab"] == {"needed": needed, "given": min(needed, stack["largest"])}
    assert stack["cost"]["classes"] == pytest.approx(
        stack["instance_hours"]["classes"] * stack["price"]["hour"], abs=0.01
    )
    assert {warning["stack"] for warning in document["warnings"]} <= {"aws-lab", None}


@pytest.mark.terraform
def test_a_stack_whose_instances_hold_no_user_is_left_out_and_refused_when_asked_for(show: Run) -> None:
    ran = show(WEEK, "--var=worker_instance_type=t3.small", "--var=scaling_guards=false")
    assert ran.code == 2, "that variable is of one stack only"
    ran = show(WEEK, "--stack=chef-hub", "--var=worker_instance_type=t3.small")
    assert (ran.code, ran.output) == (2, "")
    assert "chef-hub cannot be shown: a t3.small with 2 GiB holds not a single user" in flat(ran.errors)
    assert "--var NAME=VALUE" in flat(ran.errors)


def test_a_picture(show: Run, tmp_path: Path) -> None:
    ran = show(WEEK, "--svg=week.svg", "--json")
    assert json.loads(ran.output)["version"] == 1
    assert "drawn: week.svg" in ran.errors
    root = ElementTree.parse(tmp_path / "week.svg").getroot()  # noqa: S314 - it is made here
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--week=2026-W60",), "--week '2026-W60'"),
        (("--from=2026-02-30",), "--from '2026-02-30'"),
        ((WEEK, "--from=2026-12-01"), "both --week and --from"),
        ((WEEK, "--svg=week.png"), "--svg week.png is not a .svg file"),
        ((WEEK, "--svg=none/week.svg"), "--svg none/week.svg is not a .svg file in an existing folder"),
        ((WEEK, "--stack=other"), "other"),
        ((WEEK, "--var=nonsense=1"), "no variable nonsense"),
        ((WEEK, "--timetable=none.yaml"), "none.yaml cannot be read"),
        ((WEEK, "--timetable="), "it is empty"),
    ],
)
def test_bad_use_exits_with_2(show: Run, tmp_path: Path, options: tuple[str, ...], named: str) -> None:
    ran = show(*options)
    assert ran.code == 2, ran.output
    assert named in flat(ran.errors)
    assert "Traceback" not in ran.errors
    assert ran.output == ""
    assert [file.name for file in tmp_path.iterdir()] == ["timetable.yaml"]


def test_mistakes_in_the_timetable_are_named_at_once(show: Run) -> None:
    ran = show(text=TEXT.replace("users: 100", "users: many").replace('"12:00"', '"09:00"'))
    assert ran.code == 2
    assert "timetable.yaml, line 8, column" in flat(ran.errors)
    assert "timetable.yaml, line 8, column" in flat(ran.errors)


def test_a_price_file_that_is_wrong(show: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prices").mkdir()
    editing(tmp_path / "prices", monkeypatch)("ec2.json", '"spot_share": 0.4,', '"spot_share": 0.4,,')
    ran = show(WEEK)
    assert (ran.code, ran.output) == (2, "")
    assert "hubctl/prices/ec2.json, line 8" in flat(ran.errors)
