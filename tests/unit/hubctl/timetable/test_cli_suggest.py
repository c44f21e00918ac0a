"""``hubctl timetable suggest``: where file and report go, and what it refuses."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stacks.registry import STACK_NAMES
from tests.support.in_process import Ran, run_hubctl
from tests.support.printed import flat, too_wide
from tests.support.weekly_arrivals import BERLIN as BERLIN_ZONE
from tests.support.weekly_arrivals import MadeClass, made_arrivals, written

CLASSES = (
    MadeClass(weekday=0, start=540, end=630, users=100),
    MadeClass(weekday=2, start=540, end=630, users=100),
    MadeClass(weekday=3, start=840, end=900, users=30),
)
Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def arrivals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten weeks of three classes in Berlin."""
    return written(made_arrivals(CLASSES), tmp_path_factory.mktemp("arrivals") / "users.csv")


@pytest.fixture
def suggest(
    arrivals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """Return ``suggest(*options)``: runs the command in an empty folder, with the arrivals unless others are given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*options: str, file: Path = arrivals) -> Ran:
        words = ("timetable", "suggest", f"--arrivals={file}", *options)
        return run_hubctl(*words, monkeypatch=monkeypatch, capture=capfd)

    return run


BERLIN = "--time-zone=Europe/Berlin"


def test_the_timetable_goes_to_standard_output_and_the_report_does_not(suggest: Run) -> None:
    ran = suggest(BERLIN)
    assert ran.code == 0, ran.errors
    assert ran.output.startswith("# Made by `hubctl timetable suggest` from users.csv: ")
    assert "  - name: mon-wed-0900 # came 20 of 20 times" in ran.output
    for text in (
        "mon-wed-0900",
        "mon wed",
        "09:00 to 10:30",
        "20 of 20",
        "Made from 8 weeks, checked on 2 weeks",
    ):
        assert text in flat(ran.errors)
    assert too_wide(ran.errors, 80) == []


def test_a_file_is_written_whole_and_the_report_takes_its_place(suggest: Run, tmp_path: Path) -> None:
    ran = suggest(BERLIN, "--output=timetable.yaml")
    assert ran.code == 0, ran.errors
    text = (tmp_path / "timetable.yaml").read_text(encoding="utf-8")
    assert text == suggest(BERLIN).output
    assert "a place stood ready for (waits avoided)" in flat(ran.output)
    assert "zone: Europe/Berlin" not in ran.output
    assert "written: timetable.yaml" in ran.errors
    assert [file.name for file in tmp_path.iterdir()] == ["timetable.yaml"]


def test_a_file_that_is_there_is_kept_unless_force_is_given(suggest: Run, tmp_path: Path) -> None:
    file = tmp_path / "timetable.yaml"
    file.write_text("mine\n")
    ran = suggest(BERLIN, "--output=timetable.yaml")
    assert (ran.code, file.read_text()) == (2, "mine\n")
    assert "--output timetable.yaml exists" in flat(ran.errors)
    assert "--force" in ran.errors
    ran = suggest(BERLIN, "--output=timetable.yaml", "--force")
    assert (ran.code, file.read_text().startswith("# Made by")) == (0, True)
    assert "replaced: timetable.yaml" in ran.errors


def test_json(suggest: Run) -> None:
    document = json.loads(suggest(BERLIN, "--json").output)
    assert set(document) == {
        "version",
        "arrivals",
        "percentile",
        "timetable",
        "written",
        "classes",
        "left_out",
        "backtest",
        "waits",
    }
    assert document["waits"] is None
    first = document["classes"][0]
    assert (first["name"], first["weekdays"], first["start"]) == ("mon-wed-0900", ["mon", "wed"], "09:00")
    assert document["timetable"]["classes"][0]["users"] == first["users"]
    test = document["backtest"]
    assert (test["trained_weeks"], test["checked_weeks"], test["expected"]) == (8, 2, 6)
    assert (
        test["ready"] + test["lacking"] + sum(burst["users"] for burst in test["unexpected"]) == test["users"]
    )


def test_time_stamps_without_a_zone(suggest: Run, tmp_path: Path) -> None:
    file = written(made_arrivals(CLASSES), tmp_path / "local.csv", BERLIN_ZONE)
    local = suggest(BERLIN, "--local-times", file=file)
    assert "09:00 to 10:30" in local.errors
    utc = suggest(BERLIN, file=file)
    assert "name no time zone: taken as UTC; with --local-times they are times of Europe/Berlin" in flat(
        utc.errors
    )
    assert "11:00 to 12:30" not in local.errors
    refused = suggest(BERLIN, "--local-times")
    assert refused.code == 2
    assert "--local-times does not fit them" in flat(refused.errors)


def test_classes_that_move_with_the_clocks_hint_at_another_zone(suggest: Run) -> None:
    hint = "after 2026-10-22 classes come an hour later: is UTC their time zone?"
    assert hint in flat(suggest().errors)
    assert "their time zone" not in suggest(BERLIN).errors


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--time-zone=Berlin",), "Did you mean Europe/Berlin?"),
        (("--time-zone=CET",), "AWS does not take this name for scheduled actions"),
        (("--weeks=2",), "2 is not in the range"),
        (("--percentile=101",), "101.0 is not in the range"),
        (("--from=tomorrow",), "tomorrow"),
        (("--output=timetable.txt",), "is not a .yaml file in an existing folder"),
        (("--output=none/timetable.yaml",), "is not a .yaml file in an existing folder"),
        (("--held-out=30",), "leaves fewer than 2 of 10 weeks"),
    ],
)
def test_bad_use_exits_with_2(suggest: Run, options: tuple[str, ...], named: str) -> None:
    ran = suggest(*options)
    assert ran.code == 2, ran.output
    assert named in flat(ran.errors)
    assert "Traceback" not in ran.errors
    assert ran.output == ""


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("timestamp,user,duration\n", "there is a header, but no arrivals"),
        ("timestamp,user,duration\n0,ada,60\n600,bo,60\n", "are seconds from the start"),
        ("timestamp,user,duration\n2026-11-02T09:00:00Z,ada,60\n", "the arrivals lie in 1 week"),
        ("nonsense\n", "has no separator"),
    ],
)
def test_files_that_do_not_do(suggest: Run, tmp_path: Path, content: str, named: str) -> None:
    file = tmp_path / "users.csv"
    file.write_text(content)
    ran = suggest(file=file)
    assert ran.code == 2
    assert named in flat(ran.errors)


@pytest.mark.terraform
@pytest.mark.parametrize("stack", STACK_NAMES)
def test_a_stack_is_simulated_in_the_weeks_that_check_it(suggest: Run, folder: Path, stack: str) -> None:
    options = (BERLIN, f"--stack={stack}", f"--folder={folder}")
    ran = suggest(*options, "--output=timetable.yaml")
    assert ran.code == 0, ran.errors
    assert f"{stack} in these weeks, simulated" in ran.output
    assert "with the timetable users wait" in flat(ran.output)
    assert too_wide(ran.output, 80) == []
    larger = {"aws-lab": "max_size", "chef-hub": "worker_max_size"}[stack]
    limits = {"aws-lab": (), "chef-hub": ("--var=hub_max_users=200", "--var=hub_max_cluster_memory_gib=500")}[
        stack
    ]
    waits = json.loads(suggest(*options, f"--var={larger}=20", *limits, "--json").output)["waits"]
    planned, without = (waits[name]["wait_p95_seconds"] for name in ("with_timetable", "without_timetable"))
    # The Lab's spare places and warm pool leave little to wait for without a timetable, too
    assert planned <= 30 < without if stack == "chef-hub" else planned <= without <= 30
    assert waits["avoided_hours"] > 0
    assert waits["needed_instances"] <= 20


def test_variables_belong_to_a_stack(suggest: Run) -> None:
    ran = suggest("--var=max_size=4")
    assert ran.code == 2
    assert "belong to --stack" in ran.errors


def test_this_machines_time_zone_does_not_matter(suggest: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = set()
    for zone in ("UTC", "Asia/Kolkata"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        outputs.add(suggest(BERLIN).output)
    monkeypatch.undo()
    time.tzset()
    assert len(outputs) == 1
