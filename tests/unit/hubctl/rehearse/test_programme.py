"""What a rehearsal plays: the next meeting, a sample of the roster, and the timetable's capacity scaled with it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hubctl.core.errors import BadInputError
from hubctl.rehearse.programme import CapacityStep, Programme, SpareTime, make_programme
from hubctl.rehearse.roster import RosterRow, roster_of
from stacks.timetable.model import Timetable

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)  # a Tuesday
CLASS = {"name": "intro", "days": ["mon", "thu"], "start": "09:00", "end": "10:00", "users": 100, "spare": 5}
OTHER = {"name": "late", "days": ["fri"], "start": "18:00", "end": "19:00", "users": 8}


def timetable(*classes: dict[str, Any], lead: int = 15) -> Timetable:
    terms = {"term": {"first": "2026-10-01", "last": "2027-02-28"}}
    return Timetable.model_validate(
        {"zone": "Europe/Berlin", "lead_minutes": lead, "terms": terms, "classes": list(classes)}
    )


def roster(count: int, group: str = "") -> tuple[RosterRow, ...]:
    lines = [f"user-{number:03},08:5{number % 10},,{group}" for number in range(count)]
    rows, mistakes = roster_of("\n".join(["user,arrival,duration,class", *lines]))
    assert not mistakes
    return rows


def programme(**changes: Any) -> Programme:
    given: dict[str, Any] = {
        "roster": (),
        "timetable": timetable(CLASS, OTHER),
        "announced": True,
        "chosen": "",
        "users": 12,
        "places": 4,
        "spare": 0,
        "smallest": 1,
        "seed": 1,
        "now": NOW,
    }
    return make_programme(**{**given, **changes})


def test_the_class_that_meets_next_is_rehearsed_unless_another_is_chosen() -> None:
    assert (programme().name, programme().meets) == ("intro", "2026-12-03T08:00+00:00")
    late = programme(chosen="late", users=8)
    assert (late.name, late.meets, late.expected) == ("late", "2026-12-04T17:00+00:00", 8)


def test_expected_users_are_scaled_with_those_who_come_and_spare_places_are_not() -> None:
    made = programme(roster=roster(100))
    assert (made.expected, made.spare, len(made.guests)) == (12, 5, 12)
    # 12 and 5 places take five instances of 4, from a quarter of an hour before to the end.
    up, down = made.steps
    assert (made.begins - up.at, up.instances) == (900, 5)
    assert (down.at, down.instances) == (made.ends, 1)


def test_places_are_kept_free_from_the_lead_time_to_the_end_where_the_class_wants_some() -> None:
    made = programme()
    assert made.spare_times == (SpareTime(at=made.begins - 900, seconds=900 + 3600, places=5),)
    assert programme(chosen="late", users=8).spare_times == ()
    assert programme(announced=False).spare_times == ()


def test_a_forecast_that_was_wrong_stays_wrong() -> None:
    assert programme(roster=roster(120), users=30).expected == 25


def test_the_settings_spare_places_are_kept_as_at_other_times() -> None:
    made = programme(roster=roster(100), spare=9)
    assert made.spare == 9
    assert made.steps[0] == CapacityStep(at=120.0, instances=5, name="once-2026-12-03-0745-utc")


def test_an_unannounced_class_has_its_times_and_no_capacity() -> None:
    made = programme(announced=False)
    assert made.steps == ()
    assert made.expected == 0
    assert made.ends - made.begins == 3600


def test_nothing_happens_before_the_rehearsal_begins() -> None:
    for made in (programme(), programme(announced=False), programme(timetable=None, announced=False)):
        assert min([*(guest.at for guest in made.guests), *(step.at for step in made.steps)]) >= 0


def test_arrivals_are_those_of_the_roster_around_the_classs_beginning() -> None:
    made = programme(roster=roster(10), users=None)
    offsets = [guest.at - made.begins for guest in made.guests]
    assert offsets == [-60.0 * minutes for minutes in range(10, 0, -1)]
    assert all(guest.at + guest.duration == made.ends for guest in made.guests)


def test_the_same_seed_gives_the_same_users() -> None:
    many = roster(100)
    assert programme(roster=many, seed=3) == programme(roster=many, seed=3)
    assert programme(roster=many, seed=3) != programme(roster=many, seed=4)


def test_a_roster_of_several_classes_gives_the_chosen_one() -> None:
    rows = (*roster(3, "intro"), *roster(2, "late"))
    assert len(programme(roster=rows, chosen="intro", users=None).guests) == 3
    with pytest.raises(BadInputError, match="nobody of the class intro"):
        programme(roster=roster(2, "late"), chosen="intro", users=None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"users": 13, "roster": roster(12)}, "the roster has 12"),
        ({"users": None}, "100 users are more"),
        ({"users": None, "timetable": None, "announced": False}, "no users"),
        ({"chosen": "intor"}, "no such class"),
        ({"now": datetime(2028, 1, 1, tzinfo=UTC)}, "no class of the timetable meets"),
    ],
)
def test_what_cannot_be_played_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        programme(**changes)
