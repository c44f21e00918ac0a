"""The report of a week: on any terminal, with any prices, and as JSON."""

import io
import json
from dataclasses import replace

import pytest

from hubctl.core.console import Writer
from hubctl.timetable.capacity import StackWeek
from hubctl.timetable.remarks import remarks
from hubctl.timetable.week import Week
from hubctl.timetable.week_report import as_json, print_week
from tests.support.printed import flat, too_wide
from tests.unit.hubctl.timetable.conftest import MONDAY, Weeks


def printed(shown: Week, stacks: list[StackWeek], *, encoding: str = "utf-8", width: int = 80) -> str:
    content = io.BytesIO()
    stream = io.TextIOWrapper(content, encoding=encoding, errors="replace")
    print_week(shown, stacks, remarks(shown, stacks, MONDAY), Writer(file=stream, width=width))
    stream.flush()
    return content.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_terminal_with_ascii_letters_only_lacks_nothing(week: Weeks, width: int) -> None:
    text = printed(*week(largest=4), encoding="ascii", width=width)
    assert text.isascii()
    assert "?" not in text
    assert too_wide(text, width) == []
    assert "#: users of classes; - capacity is ready, no class" in flat(text)
    for words in (
        "Machine learning",
        "Foundation day",
        "4 of 16",
        "warning: aws-lab: the group has at most 4",
    ):
        assert words in flat(text)


def test_columns_that_no_class_uses_are_left_out(week: Weeks) -> None:
    text = printed(*week({"name": "a", "days": ["mon"]}))
    assert "environment" not in text
    assert "spare" not in text
    assert "gpu" in printed(*week())


def test_a_type_without_a_price_and_a_region_that_is_not_known(week: Weeks) -> None:
    shown, (lab, hub) = week()
    lab = replace(lab, model=replace(lab.model, instance_type="u1.tiny"))
    hub = replace(hub, model=replace(hub.model, region="af-south-1"))
    text = flat(printed(shown, [lab, hub]))
    assert "aws-lab: there is no price of a u1.tiny: add it to hubctl/prices/ec2.json" in text
    assert "how those of af-south-1 differ is not known" in text
    one, other = as_json(shown, [lab, hub], [], "timetable.yaml")["stacks"]
    assert (one["price"], one["cost"]) == (None, None)
    assert other["price"]["regional_factor"] is None


def test_an_evening_class_ends_on_another_day(week: Weeks) -> None:
    late = {"name": "late", "days": ["tue"], "start": "22:00", "end": "26:00"}
    assert "Tue 1 Dec 22:00 to Wed 2 Dec 02:00" in flat(printed(*week(late), width=120))


def test_json_can_be_written_and_has_local_times(week: Weeks) -> None:
    shown, stacks = week(largest=4)
    document = json.loads(json.dumps(as_json(shown, stacks, remarks(shown, stacks, MONDAY), "t.yaml")))
    assert document["capacity"][0]["start"] == "2026-11-30T08:45:00+01:00"
    assert document["capacity"][1]["instances"] == {
        "aws-lab": {"needed": 16, "given": 4},
        "chef-hub": {"needed": 20, "given": 4},
    }
    assert [warning["kind"] for warning in document["warnings"]][:2] == ["larger than the group"] * 2
