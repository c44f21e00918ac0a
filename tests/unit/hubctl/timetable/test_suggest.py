"""A timetable from what happened: the file that is written, its term, and what is refused."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import BadInputError
from hubctl.timetable.suggest import (
    LEAD_MINUTES,
    Suggestion,
    SuggestionRequest,
    as_yaml,
    chosen_zone,
    dates_of,
    suggested,
)
from stacks.timetable.reading import read_timetable
from stacks.timetable.windows import occurrences
from tests.support.weekly_arrivals import BERLIN, MadeClass, attendance_of, made_arrivals

MONDAY = MadeClass(weekday=0, start=540, end=630, users=100)
TUESDAY = MadeClass(weekday=1, start=840, end=900, users=30)
SECOND = MadeClass(weekday=3, start=600, end=660, users=50, comes=lambda week: week % 2 == 1)


def request(**given: Any) -> SuggestionRequest:
    return SuggestionRequest(**{"zone": BERLIN, "smallest": 8, "percentile": 90.0, **given})


def suggestion(*classes: MadeClass, weeks: int = 10, others: int = 40, **given: Any) -> Suggestion:
    return suggested(attendance_of(made_arrivals(classes, weeks=weeks, others=others)), request(**given))


def refused(*classes: MadeClass, **given: Any) -> tuple[str, str]:
    with pytest.raises(BadInputError) as error:
        suggestion(*classes, **given)
    return error.value.message, error.value.remedy


def test_the_file_says_what_it_was_made_from_and_what_each_entry_was_seen_as() -> None:
    made = suggestion(MONDAY, TUESDAY, others=0)
    text = as_yaml(made, "users.csv")
    users = [each.users for each in made.found.classes]
    came = [sorted(burst.users for burst in each.came) for each in made.found.classes]
    assert text == (
        f"# Made by `hubctl timetable suggest` from users.csv: {made.attendance.arrivals} arrivals, "
        "2026-09-07 to 2026-11-10.\n"
        "# Users are the 90th percentile over the weeks. Names, term and holidays are yours to set right.\n"
        "zone: Europe/Berlin\n"
        "lead_minutes: 15\n"
        "terms:\n"
        "  suggested: {first: 2026-11-16, last: 2027-03-07}\n"
        "classes:\n"
        f"  - name: mon-0900 # came 10 of 10 times, {came[0][0]} to {came[0][-1]} users\n"
        "    days: [mon]\n"
        '    start: "09:00"\n'
        '    end: "10:30"\n'
        f"    users: {users[0]}\n"
        f"  - name: tue-1400 # came 10 of 10 times, {came[1][0]} to {came[1][-1]} users\n"
        "    days: [tue]\n"
        '    start: "14:00"\n'
        '    end: "15:00"\n'
        f"    users: {users[1]}\n"
    )


def test_others_who_work_then_are_spare_places() -> None:
    made = suggestion(TUESDAY, others=200)
    (each,) = made.found.classes
    assert each.spare > 10
    assert f"    spare: {each.spare} # others who work then\n" in as_yaml(made, "users.csv")


def test_a_class_of_every_second_week_has_dates() -> None:
    made = suggestion(MONDAY, SECOND, first=date(2026, 11, 16), last=date(2026, 12, 20))
    (each,) = [each for each in made.found.classes if each.every == 2]
    assert dates_of(each, made.term) == [date(2026, 11, 26), date(2026, 12, 10)]
    assert "    dates: [2026-11-26, 2026-12-10]\n" in as_yaml(made, "users.csv")


def test_only_the_last_weeks_are_looked_at_when_that_is_asked_for() -> None:
    early = MadeClass(weekday=2, start=600, end=660, users=50, comes=lambda week: week < 6)
    assert len(suggestion(MONDAY, early, weeks=8).found.classes) == 2
    made = suggestion(MONDAY, early, weeks=10)
    assert (len(made.found.over), made.attendance.weeks) == (1, 10)
    short = suggested(attendance_of(made_arrivals([MONDAY, early])), request(weeks=4))
    assert (short.found.over, short.attendance.weeks, short.backtest.trained) == ((), 4, 3)
    assert short.attendance.first >= short.attendance.last - timedelta(days=28)


def test_too_few_weeks() -> None:
    message, remedy = refused(MONDAY, weeks=2)
    assert message.startswith("the arrivals lie in 2 weeks (2026-09-07 to 2026-09-20): ")
    assert remedy == "Give arrivals of more weeks."


def test_too_many_weeks_held_out() -> None:
    message, remedy = refused(MONDAY, held_out=9)
    assert message == "--held-out 9 leaves fewer than 2 of 10 weeks to find classes in"
    assert remedy == "Give a smaller --held-out; by default it is 2."
    assert refused(MONDAY, held_out=99)[0].startswith("--held-out 99 leaves")


def test_no_weekly_class() -> None:
    message, remedy = refused(others=30)
    assert message.startswith("no weekly class of 8 or more users is found in ")
    assert "--smallest 4" in remedy


def test_bursts_that_are_not_weekly_are_named() -> None:
    once = MadeClass(weekday=2, start=600, end=660, users=80, comes=lambda week: week == 3)
    message, remedy = refused(once, others=20)
    assert "not every week, the most on 2026-09-30 at " in message
    assert "by hand" in remedy
    ended = MadeClass(weekday=0, start=540, end=600, users=60, comes=lambda week: week < 4)
    assert "1 ended before the last weeks" in refused(ended)[0]


def test_a_term_that_is_none() -> None:
    assert "is shorter than 14 days" in refused(MONDAY, last=date(2026, 11, 28))[0]
    assert refused(MONDAY, first=date(2026, 12, 1), last=date(2026, 11, 30))[0].endswith(
        "ends before it begins"
    )
    message, remedy = refused(MONDAY, last=date(2028, 1, 1))
    assert message == "the term from 2026-11-16 to 2028-01-01 is longer than 400 days"
    assert "--until" in remedy


def test_a_zone_that_is_none() -> None:
    with pytest.raises(BadInputError) as error:
        chosen_zone("berlin")
    assert (error.value.message, error.value.remedy) == (
        "--time-zone 'berlin' is not a time zone",
        "Did you mean Europe/Berlin?",
    )
    assert chosen_zone("Asia/Kolkata").key == "Asia/Kolkata"


@pytest.mark.parametrize("term", [{}, {"first": date(2026, 11, 17), "last": date(2026, 11, 30)}])
def test_the_file_is_a_timetable_in_which_every_class_comes(tmp_path: Path, term: dict[str, Any]) -> None:
    late = MadeClass(weekday=4, start=1350, end=1500, users=40)
    made = suggestion(MONDAY, TUESDAY, SECOND, late, **term)
    file = tmp_path / "timetable.yaml"
    file.write_text(as_yaml(made, "users.csv"), encoding="utf-8")
    timetable = read_timetable(file)
    assert (timetable.zone, timetable.lead_minutes) == ("Europe/Berlin", LEAD_MINUTES)
    assert {each.name for each in occurrences(timetable)} == {"mon-0900", "tue-1400", "thu-1000", "fri-2230"}
    assert [(str(each.start), str(each.end)) for each in timetable.classes][-1] == ("22:30", "24:00")
