"""The SVG: well formed, told in words, with every class, and no text on another or outside of its place."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from rich.cells import cell_len

from hubctl.timetable.svg import WIDTH, WeekDrawing
from tests.unit.hubctl.timetable.conftest import Weeks

NAMESPACE = "{http://www.w3.org/2000/svg}"
WIDEST = 0.58  # of the size of a font: how wide letters are on average, in DejaVu Sans


def drawn(week: Weeks, *classes: dict[str, Any], **given: Any) -> Xml.Element:
    shown, stacks = week(*classes, **given)
    return Xml.fromstring(WeekDrawing(shown, stacks).drawn())  # noqa: S314 - it is made here


def texts(picture: Xml.Element) -> Iterator[tuple[str, float, float, float, float]]:
    """Yield each text with its box: left, top, right, bottom."""
    for each in picture.iter(f"{NAMESPACE}text"):
        text, size = each.text or "", float(each.get("font-size", "12"))
        wide = cell_len(text) * size * (0.65 if each.get("font-weight") == "bold" else WIDEST)
        x, y = float(each.get("x", "")), float(each.get("y", ""))
        left = x - wide * {"middle": 0.5, "end": 1.0}.get(each.get("text-anchor", "start"), 0.0)
        yield text, left, y - size * 0.75, left + wide, y + size * 0.2


def test_it_is_told_in_words(week: Weeks) -> None:
    picture = drawn(week)
    title, description = picture[0], picture[1]
    assert (picture.get("role"), picture.get("aria-labelledby")) == ("img", "title desc")
    assert (title.tag, title.get("id")) == (f"{NAMESPACE}title", "title")
    assert title.text == "Timetable 2026-W49, Mon 30 November to Sun 6 December 2026, Europe/Berlin"
    assert (description.tag, description.get("id")) == (f"{NAMESPACE}desc", "desc")
    for words in (
        "Statistics, Monday 09:00 to 10:30, 100 users",
        "holiday on Wednesday: Foundation day",
        "aws-lab: ordinarily 1 instances, at most 16 for classes",
    ):
        assert words in (description.text or "")


def test_every_class_has_its_story(week: Weeks) -> None:
    stories = [each.text for each in drawn(week).iterfind(f"{NAMESPACE}g/{NAMESPACE}title")]
    assert stories == [
        "Statistics: Mon 09:00 to 10:30, 100 users",
        "Machine learning: Mon 10:00 to 12:00, 40 users, environment gpu",
        "Physics: Thu 14:00 to 15:00, 28 users, 4 spare places",
    ]


CROWDED = [
    {
        "name": f"A class with a long name, number {number}",
        "days": ["mon", "tue"],
        "start": f"{8 + number // 2:02}:{number % 2 * 30:02}",
        "end": f"{9 + number // 2:02}:{number % 2 * 30 + 15:02}",
        "users": 10 + 37 * number,
    }
    for number in range(8)
]


@pytest.mark.parametrize("largest", [4, 20, 21, 22, 30, 100])
@pytest.mark.parametrize("classes", [(), CROWDED], ids=["week", "crowded"])
def test_no_text_lies_on_another_or_outside(week: Weeks, classes: list[dict[str, Any]], largest: int) -> None:
    picture = drawn(week, *classes, largest=largest)
    high = float(picture.get("height", "0"))
    boxes = list(texts(picture))
    for text, left, top, right, bottom in boxes:
        assert 0 <= left < right <= WIDTH, text
        assert 0 <= top < bottom <= high, text
    for number, (one, left, top, right, bottom) in enumerate(boxes):
        on = [
            other
            for other, left_too, top_too, right_too, bottom_too in boxes[number + 1 :]
            if left < right_too and left_too < right and top < bottom_too and top_too < bottom
        ]
        assert on == [], one


def test_classes_at_the_same_time_stand_side_by_side(week: Weeks) -> None:
    blocks = [
        tuple(float(each[1].get(key, "")) for key in ("x", "y", "width", "height"))
        for each in drawn(week, *CROWDED).iterfind(f"{NAMESPACE}g")
    ]
    assert len(blocks) == 16
    for number, (x, y, wide, high) in enumerate(blocks):
        for x_too, y_too, wide_too, high_too in blocks[number + 1 :]:
            assert not (
                x < x_too + wide_too and x_too < x + wide and y < y_too + high_too and y_too < y + high
            )


def test_names_cannot_break_it(week: Weeks) -> None:
    name = '<b>"R & Python"</b> \x01 for all'
    picture = drawn(week, {"name": name, "days": ["mon"]})
    assert any((text or "").startswith('<b>"R & Python') for text, *_ in texts(picture))


def test_the_same_week_gives_the_same_bytes(week: Weeks) -> None:
    shown, stacks = week()
    assert WeekDrawing(shown, stacks).drawn() == WeekDrawing(shown, stacks).drawn()


def test_what_lacks_is_red_and_said(week: Weeks) -> None:
    few, enough = ([text for text, *_ in texts(drawn(week, largest=largest))] for largest in (4, 30))
    assert "aws-lab: instances, ordinarily at least 1, at most 4; red: what it lacks" in few
    assert "4 of 16" in few
    assert not any("lacks" in text or re.search(r"\d of \d", text) for text in enough)
