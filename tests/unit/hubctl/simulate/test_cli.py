"""The command: reports, comparisons, pictures, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stacks.registry import STACK_NAMES
from tests.support.in_process import Ran, run_hubctl
from tests.support.price_files import editing
from tests.support.printed import flat

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def simulate(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Return ``simulate(*arguments)``: runs the command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, width: int = 160) -> Ran:
        monkeypatch.setenv("COLUMNS", str(width))
        words = ("simulate", f"--folder={folder}", *arguments)
        return run_hubctl(*words, monkeypatch=monkeypatch, capture=capfd)

    return run


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_a_class_of_100_with_a_picture(simulate: Callable[..., Ran], tmp_path: Path, stack: str) -> None:
    finished = simulate(f"--stack={stack}", "--scenario=class-of-100", "--plot=course.png")
    assert finished.code == 0, finished.errors
    for text in ("wait, p95", "refused or gave up", "sessions lost", "instance hours", "cost", "utilization"):
        assert text in finished.output
    assert "m6i.xlarge on demand: 0.192 USD an hour" in finished.output
    picture = (tmp_path / "course.png").read_bytes()
    assert picture.startswith(PNG)
    assert len(picture) > 10_000


@pytest.mark.terraform
def test_settings_side_by_side_and_the_same_numbers_each_time(
    simulate: Callable[..., Ran],
) -> None:
    arguments = (
        "--stack=aws-lab",
        "--scenario=exam",
        "--seed=7",
        "--var=user_memory_gib=1",
        "--compare=max_size=8",
        "--compare=max_size=8,min_size=4",
        "--assume=patience=3600",
        "--json",
    )
    first, second = simulate(*arguments), simulate(*arguments)
    assert first.output == second.output
    one, two, three = json.loads(first.output)
    assert [each["settings"] for each in (one, two, three)] == [
        "user_memory_gib=1",
        "max_size=8",
        "max_size=8,min_size=4",
    ]
    assert one["places"] == 14
    assert one["served"] < two["served"] <= three["served"]
    assert one["cost"] < three["cost"]


@pytest.mark.terraform
def test_a_table_shows_every_setting_whole_however_many_columns(
    simulate: Callable[..., Ran],
) -> None:
    finished = simulate(
        "--stack=chef-hub",
        "--scenario=exam",
        "--compare=worker_max_size=20,hub_max_users=55",
        "--compare=worker_max_size=20,hub_max_users=60,hub_max_cluster_memory_gib=90",
        width=80,
    )
    lines = [[cell.strip() for cell in line.split("│")] for line in finished.output.splitlines()]
    assert "…" not in finished.output
    assert ["", "worker_max_size", "5", "20", "20", ""] in lines
    assert ["", "hub_max_users", "50", "55", "60", ""] in lines
    assert any(cells[2:] == ["160", "160", "90", ""] for cells in lines)
    assert "hub_max_users=55: 5 users found no place (hub_max_users: 5)" in flat(finished.output)
    assert "(hub_max_cluster_memory_gib: 15)" in flat(finished.output)


@pytest.mark.terraform
def test_case_07_values_are_read_by_terraform(simulate: Callable[..., Ran]) -> None:
    finished = simulate(
        "--stack=aws-lab",
        "--scenario=exam",
        "--json",
        "--var=max_size=8.0",
        '--compare=availability_zones=["us-east-1a","us-east-1b",],min_size=3',
    )
    assert finished.code == 0, finished.errors
    one, two = json.loads(finished.output)
    assert (one["settings"], one["variables"]) == ("max_size=8", {"max_size": 8})
    assert two["variables"] == {
        "max_size": 8,
        "availability_zones": ["us-east-1a", "us-east-1b"],
        "min_size": 3,
    }


def test_arrivals_from_a_file(simulate: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(
        "timestamp,user,duration\n2026-11-02T09:00:00,ada,3600\n2026-11-02T09:00:05,bo,60\n"
        "2026-11-02T09:10:00,ada,60\n"
    )
    finished = simulate("--stack=aws-lab", "--arrivals=users.csv", "--json")
    (result,) = json.loads(finished.output)
    assert (result["served"], result["wait_max_seconds"], result["instance_hours"]) == (2, 8.0, 2.0)
    assert "1 of 3 arrivals are of users whose server still runs" in finished.errors


def test_many_users_are_counted_while_they_are_simulated(
    simulate: Callable[..., Ran], tmp_path: Path
) -> None:
    rows = "".join(f"{second},u{second},60\n" for second in range(30_000))
    (tmp_path / "users.csv").write_text("timestamp,user,duration\n" + rows)
    finished = simulate("--stack=chef-hub", "--arrivals=users.csv", "--json")
    assert finished.code == 0, finished.errors
    assert "30,000 of 30,000 users simulated" in finished.errors
    assert finished.errors.count("users simulated") <= 10


def test_a_long_file_is_told_of_while_it_is_read(simulate: Callable[..., Ran], tmp_path: Path) -> None:
    rows = "".join(f"{second},a-user-with-a-long-name-{second:040},60\n" for second in range(15_000))
    (tmp_path / "users.csv").write_text("timestamp,user,duration\n" + rows)
    finished = simulate("--stack=chef-hub", "--arrivals=users.csv", "--json")
    assert finished.code == 0, finished.errors
    size = (tmp_path / "users.csv").stat().st_size
    assert f"{size:,} of {size:,} bytes read" in finished.errors


def test_a_year_is_simulated(simulate: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(
        "timestamp,user,duration\n2026-09-01T09:00:00,ada,3600\n2027-08-31T09:00:00,ada,3600\n"
    )
    finished = simulate("--stack=all", "--arrivals=users.csv", "--json")
    assert finished.code == 0, finished.errors
    results = json.loads(finished.output)
    assert {round(result["simulated_hours"]) for result in results} == {364 * 24 + 2}
    assert {result["served"] for result in results} == {2}


def test_a_type_that_is_not_to_be_had_and_the_course_as_letters(simulate: Callable[..., Ran]) -> None:
    arguments = ("--stack=aws-lab", "--scenario=quiet-lab", "--course")
    drawn = simulate(*arguments)
    assert drawn.code == 0, drawn.errors
    assert "smallest size" in drawn.output
    assert "24.0 hours" in drawn.output
    nothing = simulate(*arguments[:2], "--unavailable=m6i.xlarge", "--json")
    (result,) = json.loads(nothing.output)
    assert (result["served"], result["refused"], result["instance_hours"]) == (0, 12, 0)


def test_the_course_as_an_svg(simulate: Callable[..., Ran], tmp_path: Path) -> None:
    finished = simulate("--stack=aws-lab", "--scenario=exam", "--announced", "--plot=course.svg")
    assert finished.code == 0, finished.errors
    assert "<svg" in (tmp_path / "course.svg").read_text()


def test_case_16_says_how_time_stamps_are_read_and_simulates_two_minutes(
    simulate: Callable[..., Ran], tmp_path: Path
) -> None:
    (tmp_path / "users.csv").write_text(
        "timestamp,user,duration\n1793610000000,ada,5400\n1793610060000,bo,5400\n1793610120000,cy,5400\n"
    )
    finished = simulate("--stack=aws-lab", "--arrivals=users.csv", "--json")
    (result,) = json.loads(finished.output)
    assert result["simulated_hours"] == pytest.approx((120 + 5400 + 3600) / 3600, abs=1e-4)
    assert "time stamps are read as milliseconds since 1970" in finished.errors
    assert "durations are read as seconds" in finished.errors


def test_case_17_a_broken_price_file_is_named_and_another_currency_is_printed(
    simulate: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prices").mkdir()
    edit = editing(tmp_path / "prices", monkeypatch)
    edit("ec2.json", '"USD"', '"EUR"')
    finished = simulate("--stack=aws-lab", "--scenario=exam")
    assert finished.code == 2
    assert "hubctl/prices/services.json, line 3, column 3: currency = 'USD'" in flat(finished.errors)
    edit("services.json", '"USD"', '"EUR"')
    finished = simulate("--stack=aws-lab", "--scenario=exam")
    assert "m6i.xlarge on demand: 0.192 EUR an hour" in flat(finished.output)
    assert "USD" not in finished.output


def test_a_suggestion_beats_the_default(simulate: Callable[..., Ran]) -> None:
    finished = simulate("--stack=chef-hub", "--scenario=exam", "--suggest=p95<=60s", "--json")
    assert finished.code == 0, finished.errors
    default, suggested = json.loads(finished.output)
    assert suggested["settings"].startswith("suggested: worker_min_size=")
    assert suggested["wait_p95_seconds"] <= 60
    assert default["refused"] > suggested["refused"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--stack=aws-lab",), "--scenario or --arrivals"),
        (("--stack=aws-lab", "--scenario=exam", "--arrivals=x.csv"), "both"),
        (("--stack=aws-lab", "--scenario=party"), "party"),
        (("--stack=other", "--scenario=exam"), "other"),
        (("--stack=aws-lab", "--scenario=exam", "--speed=3"), "No such option"),
        (("--stack=aws-lab", "--arrivals=none.csv"), "none.csv cannot be read"),
        (("--stack=aws-lab", "--scenario=exam", "--var=min_size"), "is not NAME=VALUE"),
        (("--stack=aws-lab", "--scenario=exam", "--var=minsize=3"), "no variable minsize"),
        (("--stack=aws-lab", "--scenario=exam", "--var=min_size=0"), "min_size = 0"),
        (("--stack=aws-lab", "--scenario=exam", "--compare=min_size=3,max_size=2"), "smallest size"),
        (("--stack=aws-lab", "--scenario=exam", "--assume=boots=3"), "no assumption boots"),
        (("--stack=aws-lab", "--scenario=exam", "--assume=boot=-3"), "below 0"),
        (("--stack=aws-lab", "--scenario=exam", "--assume=retry=0"), "never let time pass"),
        (("--stack=aws-lab", "--scenario=exam", "--assume=boot=soon"), "is not a number"),
        (("--stack=aws-lab", "--scenario=exam", "--assume=boot=NaN"), "is not a number"),
        (("--stack=aws-lab", "--scenario=exam", "--assume=boot=1e999"), "is not a number"),
        (("--stack=aws-lab", "--scenario=exam", "--assume=boot=true"), "is not a number"),
        (("--stack=aws-lab", "--scenario=exam", "--suggest=p95<=1s"), "cannot be reached"),
        (("--stack=aws-lab", "--scenario=exam", "--plot=x.jpg"), ".png"),
        (("--stack=aws-lab", "--scenario=exam", "--plot=none/x.png"), "existing folder"),
        (("--stack=aws-lab", "--scenario=exam", "--folder=nowhere"), "holds no stack"),
    ],
)
def test_bad_input_is_named_and_exits_with_2(
    simulate: Callable[..., Ran], arguments: tuple[str, ...], named: str
) -> None:
    finished = simulate(*arguments)
    assert finished.code == 2, finished.errors
    assert named in finished.errors.replace("\n", " ")
    assert "Traceback" not in finished.errors
    assert finished.output == ""
