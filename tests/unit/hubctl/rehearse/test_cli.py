"""What ``hubctl rehearse`` refuses, all at once and before anything is started, and what it exits with."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import hubctl.rehearse.run
from hubctl.core.errors import BadInputError
from hubctl.rehearse.cli import command
from hubctl.rehearse.run import Request
from tests.unit.hubctl.rehearse.test_report import report

TIMETABLE = """\
zone: Europe/Berlin
terms:
  winter: {first: 2026-10-01, last: 2027-02-28}
classes:
  - name: intro
    days: [mon]
    start: "09:00"
    end: "10:00"
    users: 12
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What was asked for; nothing is started."""
    requests: list[Request] = []

    def rehearse(request: Request) -> Any:
        requests.append(request)
        return report(aims=",".join(aim.text for aim in request.aims) or "max<=99min")

    monkeypatch.setattr(hubctl.rehearse.run, "rehearse", rehearse)
    return requests


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "timetable.yaml").write_text(TIMETABLE)
    (tmp_path / "roster.csv").write_text("user,arrival\nada,08:59\nbob,09:00\n")
    return ["--timetable", str(tmp_path / "timetable.yaml"), "--roster", str(tmp_path / "roster.csv")]


def rehearse(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def test_an_aim_that_is_missed_exits_with_1_and_one_that_is_met_with_0(
    asked: list[Request], files: list[str]
) -> None:
    met = rehearse("--stack", "aws-lab", *files, "--aim", "p50<=60s")
    assert met.exit_code == 0, met.output
    assert "p50<=60s: met" in met.output
    missed = rehearse("--stack", "aws-lab", *files, "--aim", "p50<=60s", "--aim", "refused<=0")
    assert missed.exit_code == 1
    assert "refused<=0: MISSED" in missed.output
    assert asked[0].announced
    assert [row.user for row in asked[0].roster] == ["ada", "bob"]


def test_json_is_alone_on_standard_output_and_the_picture_is_drawn(
    asked: list[Request], files: list[str], tmp_path: Path
) -> None:
    picture = tmp_path / "rehearsal.svg"
    done = rehearse("--stack", "chef-hub", *files, "--unannounced", "--json", "--svg", str(picture))
    assert done.exit_code == 1, done.exception  # the longest wait is that of a user who was refused
    assert json.loads(done.stdout)["served"] == 2
    assert picture.exists()
    assert not asked[0].announced


def test_all_mistakes_are_said_at_once(asked: list[Request], tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("user,arrival\nada,noon\n")
    (tmp_path / "timetable.yaml").write_text(TIMETABLE.replace("09:00", "11:00"))
    refused = rehearse(
        *("--stack", "aws-lab", "--aim", "fast", "--speed", "99", "--users", "0"),
        *("--roster", str(tmp_path / "roster.csv"), "--timetable", str(tmp_path / "timetable.yaml")),
        *("--picture", str(tmp_path / "picture.pdf")),
    )
    assert isinstance(refused.exception, BadInputError)
    for words in ("'fast'", "--speed 99", "--users 0", "'noon'", "after the start", "picture.pdf"):
        assert words in refused.exception.message
    assert refused.exception.exit_code == 2
    assert asked == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nobody comes"),
        (["--users", "5", "--unannounced"], "give --timetable too"),
        (["--users", "5", "--class", "intro"], "give --timetable too"),
        (["--users", "5", "--max-size", "9"], "--max-size 9 is not between"),
        (["--users", "5", "--places", "0"], "--places 0 is not between"),
        (["--users", "5", "--warm-pool", "5"], "--warm-pool 5 is not between"),
        (["--roster", "missing.csv"], "cannot be read"),
    ],
)
def test_what_does_not_fit_together_is_refused(asked: list[Request], arguments: list[str], said: str) -> None:
    refused = rehearse("--stack", "aws-lab", *arguments)
    assert isinstance(refused.exception, BadInputError)
    assert said in refused.exception.message
    assert asked == []


def test_without_a_stack_nothing_is_started(asked: list[Request]) -> None:
    assert rehearse("--users", "3").exit_code == 2
    assert asked == []
