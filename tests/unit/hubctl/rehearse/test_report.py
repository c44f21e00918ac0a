"""The report: figures, what they mean, verdicts, JSON and the picture."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hubctl.core.errors import BadInputError
from hubctl.prices.lookup import hourly_price
from hubctl.rehearse.aims import read_aims
from hubctl.rehearse.person import Visit
from hubctl.rehearse.picture import check_picture, write_picture
from hubctl.rehearse.play import Rehearsal, RehearsalMoment
from hubctl.rehearse.programme import CapacityStep, Guest, Programme
from hubctl.rehearse.report import RehearsalReport, as_json, remarks, table, verdicts
from hubctl.rehearse.stages import Capacity, Sizes
from hubctl.scaling.group import ScaledGroupSettings
from hubctl.simulate.model import StackModel

VISITS = [
    Visit(user="ada", came=600, start=3.0, cell=1.0, tries=1, done=True),
    Visit(user="bob", came=620, place=50.0, start=4.0, cell=1.5, tries=3, sent_on=2, done=True),
    Visit(user="cem", came=640, tries=9, sent_on=1, refused="All places are taken.", done=True),
]


def report(*, aims: str = "p50<=60s,refused<=0", steps: bool = True, places: int = 4) -> RehearsalReport:
    model = StackModel(
        name="aws-lab",
        kind="lab",
        group=ScaledGroupSettings(name="lab", zones=("a",), min_size=1, max_size=4),
        policies=(),
        alarms=(),
        instance_type="m6i.xlarge",
        places=9,
        user_gib=1.5,
        spot=False,
        region="us-east-1",
    )
    moments = [
        RehearsalMoment(at=at, group=Capacity(smallest=1, desired=2, paid=2, usable=2), working=1, waiting=0)
        for at in (0.0, 1800.0, 3600.0)
    ]
    programme = Programme(
        name="intro",
        begins=720,
        ends=3000,
        guests=tuple(Guest(user=visit.user, at=visit.came, duration=600) for visit in VISITS),
        steps=(CapacityStep(at=120, instances=2, name="once"),) if steps else (),
        expected=3 if steps else 0,
    )
    return RehearsalReport(
        stack="aws-lab",
        model=model,
        sizes=Sizes(places=places, smallest=1, largest=4, speed=10, users=3),
        programme=programme,
        seen=Rehearsal(visits=VISITS, moments=moments),
        aims=read_aims([aims]),
    )


def test_cost_is_that_of_the_stacks_instances_over_aws_time() -> None:
    price = hourly_price("m6i.xlarge")
    assert price is not None
    assert report().instance_hours == 2
    assert report().cost == pytest.approx(2 * price.amount)


def test_the_table_says_what_somebody_asks_first() -> None:
    rows = {str(row.cells[0]): str(row.cells[1]) for row in table(report()).rows}
    assert rows["announced by the timetable"] == "for 3 users and 0 spare"
    assert rows["users served"] == "2"
    assert rows["got no server"] == "1"
    assert rows["wait, p95"] == "-"
    assert rows["sent to another instance"] == "3"
    assert rows["of it for a place, longest"] == "50.0 s"
    assert rows["instance hours"] == "2.00"
    assert {str(row.cells[1]) for row in table(report(steps=False)).rows} >= {"no"}


def test_remarks_say_what_was_accelerated_what_was_real_and_where_prices_come_from() -> None:
    said = "\n".join(remarks(report()))
    for words in (
        "Accelerated 10 times",
        "Real, and not accelerated",
        "m6i.xlarge on demand",
        "ec2.json",
        "All places are",
    ):
        assert words in said
    assert "takes 4 users" in said
    assert "takes 4 users" not in "\n".join(remarks(report(places=9)))


def test_each_aim_gets_a_verdict() -> None:
    made = report()
    assert verdicts(made) == ["p50<=60s: met, it was 28.5 s", "refused<=0: MISSED, it was 1"]
    assert [aim.text for aim in made.missed] == ["refused<=0"]
    assert verdicts(report(aims="max<=9min")) == ["max<=9min: MISSED, it was no end"]


def test_json_has_everything_for_programs() -> None:
    found = json.loads(json.dumps(as_json(report())))
    assert found["wait_p50_seconds"] == pytest.approx(28.5)
    assert found["wait_p95_seconds"] is None
    assert (found["users"], found["served"], found["refused"], found["announced"]) == (3, 2, 1, True)
    assert [visit["tries"] for visit in found["visits"]] == [1, 3, 9]
    assert [visit["sent_on"] for visit in found["visits"]] == [0, 2, 1]
    assert found["course"][0] == {
        "seconds": 0.0, "working": 1, "waiting": 0, "smallest": 1, "desired": 2, "paid": 2, "usable": 2,
    }  # fmt: skip
    assert found["aims"][1] == {"aim": "refused<=0", "met": False, "value": 1.0}


@pytest.mark.parametrize("name", ["rehearsal.svg", "rehearsal.png"])
def test_the_picture_is_drawn_in_the_kind_that_the_file_is_called(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    write_picture(report(), file)
    assert file.read_bytes().startswith(b"<?xml" if name.endswith("svg") else b"\x89PNG")


def test_pictures_that_cannot_be_written_are_said_before_anything_is_started(tmp_path: Path) -> None:
    assert check_picture(None) == []
    assert "neither .svg nor .png" in check_picture(tmp_path / "a.pdf")[0]
    assert "does not exist" in check_picture(tmp_path / "missing/a.svg")[0]
    with pytest.raises(BadInputError):
        write_picture(report(), tmp_path / "a.pdf")


def test_pages_in_the_place_of_a_server_that_was_ready_are_told() -> None:
    assert not any("another page" in remark for remark in remarks(report()))
    made = report()
    seen = replace(made.seen, visits=[replace(visit, astray="200: Starting") for visit in made.seen.visits])
    (told,) = [remark for remark in remarks(replace(made, seen=seen)) if "another page" in remark]
    assert told.startswith("3 users")
    assert told.endswith("200: Starting")
