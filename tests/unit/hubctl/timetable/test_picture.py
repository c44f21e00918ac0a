"""The picture of letters: golden for a week, and what it keeps whatever the terminal and the classes are."""

from datetime import date

import pytest

from hubctl.timetable.picture import picture
from tests.unit.hubctl.timetable.conftest import Weeks

GOLDEN = """\
            8     9     10    11    12    13    14
            ╷     ╷     ╷     ╷     ╷     ╷     ╷
Mon 30 Nov  ····░░▆▆▆▆▆▆███▃▃▃▃▃▃▃▃▃··················
     users        100   140
   aws-lab  1   12    16   5        1
  chef-hub  1   15    20   6        1
Tue  1 Dec  ··········································
Wed  2 Dec  · Foundation day ·························
Thu  3 Dec  ··································░░▂▂▂▂▂▂
     users                                      28
   aws-lab  1                                 4
  chef-hub  1                                 5
Fri  4 Dec  ··········································
Sat  5 Dec  ··········································
Sun  6 Dec  ··········································
"""
PLAIN = """\
            8   9   10  11  12  13  14
            |   |   |   |   |   |   |
Mon 30 Nov  ...-############............
     users      100 140
   aws-lab  1  12  16 5     1
  chef-hub  1  15  20 6     1
"""


def text(week: Weeks, width: int = 80, *, plain: bool = False, **given: object) -> str:
    shown, stacks = week(**given)
    drawn = picture(shown, stacks, width, plain=plain)
    assert drawn is not None
    return "".join(f"{line.text.rstrip()}\n" for line in drawn)


def test_a_week(week: Weeks) -> None:
    assert text(week) == GOLDEN


def test_a_terminal_with_plain_letters_and_less_room(week: Weeks) -> None:
    drawn = text(week, 40, plain=True)
    assert drawn.startswith(PLAIN), drawn
    assert drawn.isascii()


@pytest.mark.parametrize("width", [19, 24, 30, 47, 80, 200])
def test_it_fits_or_is_left_out(week: Weeks, width: int) -> None:
    shown, stacks = week()
    drawn = picture(shown, stacks, width)
    if drawn is None:
        assert width < 12 + 7
    else:
        assert max(len(line.text) for line in drawn) <= width


def test_a_class_over_midnight_is_on_both_days(week: Weeks) -> None:
    shown, stacks = week({"name": "late", "days": ["tue"], "start": "22:00", "end": "26:00"})
    drawn = picture(shown, stacks, 80)
    assert drawn is not None
    bars = [line.text for line in drawn if line.kind == "bar"]
    assert bars[1].endswith("····░" + "█" * 4)  # two columns an hour
    assert bars[2].startswith("Wed  2 Dec  ████·")
    assert len(bars[1]) <= 80


@pytest.mark.parametrize("first", [date(2026, 10, 19), date(2027, 3, 22)])
def test_on_days_on_which_clocks_change_hours_are_those_of_the_clock(week: Weeks, first: date) -> None:
    made = {"name": "a", "days": ["sat", "sun"], "start": "09:00", "end": "10:00"}
    terms = {"winter": {"first": "2026-10-12", "last": "2027-06-30"}}
    shown, stacks = week(made, first=first, terms=terms)
    drawn = picture(shown, stacks, 80)
    assert drawn is not None
    saturday, sunday = [line.text[12:] for line in drawn if line.kind == "bar"][-2:]
    assert saturday == sunday


def test_a_week_without_classes_shows_the_hours_of_a_day(week: Weeks) -> None:
    shown, stacks = week(first=date(2027, 7, 5))
    drawn = picture(shown, stacks, 80)
    assert drawn is not None
    assert [line.kind for line in drawn] == ["axis", "axis", *["bar"] * 7]
    assert drawn[0].text.split() == [str(hour) for hour in range(8, 18)]


def test_the_largest_of_numbers_without_room_stays(week: Weeks) -> None:
    classes = [
        {"name": name, "days": ["mon"], "start": start, "end": "12:00", "users": users}
        for name, start, users in (("a", "09:00", 100), ("b", "09:10", 900), ("c", "09:20", 50))
    ]
    shown, stacks = week(*classes, largest=500)
    drawn = picture(shown, stacks, 60)
    assert drawn is not None
    users = next(line.text for line in drawn if line.text.strip().startswith("users"))
    assert "1050" in users
    assert "1000" not in users
