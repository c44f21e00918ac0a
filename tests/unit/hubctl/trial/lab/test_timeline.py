"""What a monitor saw, as lines, events, CSV and a picture."""

import csv
from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.lab.instances import GroupMember
from hubctl.trial.lab.monitor import LabMoment
from hubctl.trial.lab.timeline import events, line, timeline_figure, write_csv, write_picture

ALARMS = {"local-lab-sessions-high": "OK", "local-lab-sessions-low": "INSUFFICIENT_DATA"}


def member(state: str, *, protected: bool = False) -> GroupMember:
    return GroupMember(state=state, healthy=True, protected=protected)


BEFORE = LabMoment(
    at=59.6,
    lab_minutes=9.9,
    sessions={"i-1": 5},
    average=5.0,
    alarms=ALARMS,
    desired=1,
    members={"i-1": member("InService"), "i-9": member("Terminating:Wait")},
    healthy=1,
)
AFTER = LabMoment(
    at=61.0,
    lab_minutes=10.2,
    sessions={"i-1": 6},
    average=None,
    alarms={**ALARMS, "local-lab-sessions-high": "ALARM"},
    desired=3,
    members={"i-1": member("InService", protected=True), "i-2": member("InService")},
    healthy=1,
)


def test_lines_of_the_table() -> None:
    assert line(BEFORE).split() == ["00:59", "9.9", "5", "5.00", "OK", "no", "data", "1", "1", "1", "0"]
    assert line(AFTER).split() == ["01:01", "10.2", "6", "-", "ALARM", "no", "data", "3", "2", "0", "1"]


def test_events_between_two_looks() -> None:
    assert events(BEFORE, AFTER) == [
        "alarm local-lab-sessions-high: OK -> ALARM",
        "i-1: protection set",
        "i-2: launched",
        "i-9: gone",
    ]
    assert events(AFTER, AFTER) == []


def test_csv_has_a_row_a_look(tmp_path: Path) -> None:
    write_csv([BEFORE, AFTER], tmp_path / "course.csv")
    with (tmp_path / "course.csv").open(encoding="utf-8", newline="") as stream:
        first, second = csv.DictReader(stream)
    assert (first["sessions"], first["average"], first["i-9"], first["i-2"]) == (
        "5",
        "5.000",
        "Terminating:Wait",
        "",
    )
    assert (second["desired"], second["in_service"], second["sessions i-1"]) == ("3", "2", "6")


def test_the_picture_is_a_png(tmp_path: Path) -> None:
    write_picture([BEFORE, AFTER], tmp_path / "course.png", title="course", up=3, down=1)
    assert (tmp_path / "course.png").read_bytes().startswith(b"\x89PNG")


def test_legends_hide_no_curve() -> None:
    figure = timeline_figure([BEFORE, AFTER], title="course", up=3, down=1)
    figure.draw_without_rendering()
    for panel in figure.axes:
        legend = panel.get_legend()
        assert legend is not None
        assert legend.get_window_extent().y0 >= panel.get_window_extent().y1
    above, below = figure.axes
    assert below.get_legend().get_window_extent().y1 <= above.get_window_extent().y0


def test_files_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    with pytest.raises(HubctlError, match="cannot be written"):
        write_csv([BEFORE], tmp_path / "no/such/folder.csv")
    with pytest.raises(HubctlError, match="cannot be written"):
        write_picture([BEFORE], tmp_path / "no/such/folder.png", title="", up=3, down=1)
