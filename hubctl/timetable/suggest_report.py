"""What a suggested timetable is worth: its classes, and how wrong it would have been, for people and for programs."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hubctl.core.console import Writer
from hubctl.core.tables import Sheet
from hubctl.simulate.report import as_json as outcome_as_json
from hubctl.simulate.report import table as table_of_waits
from hubctl.timetable.backtest import Backtest
from hubctl.timetable.bursts import Burst
from hubctl.timetable.recurring import GRID, WeeklyClass
from hubctl.timetable.suggest import WEEKDAYS, Suggestion, class_name, clock, loaded
from hubctl.timetable.waits import ComparedWaits, sentences

VERSION = 1
MOST_NAMED = 8


def print_suggestion(made: Suggestion, compared: ComparedWaits | None, console: Writer) -> None:
    """Print the classes, what was left out, the backtest, and what the waits would have been."""
    kept = made.attendance
    table = Sheet(
        "class",
        "days",
        "time",
        "users",
        "others",
        "came",
        figures=(3, 4),
        title=f"Classes in {kept.arrivals} arrivals, {kept.first} to {kept.last}, {made.request.zone.key}",
    )
    for each in made.found.classes:
        table.add(
            class_name(each),
            _days(each),
            f"{clock(each.start)} to {clock(each.end)}",
            str(each.users),
            str(each.spare),
            f"{len(each.came)} of {each.weeks}",
        )
    table.show(console)
    console.say(
        f"- users: the {made.request.percentile:g}th percentile over the weeks; others: the same of those who work then "
        "anyway, as spare places"
    )
    for each in made.found.over:
        console.say(
            f"- left out, because it has not come since {each.came[-1].day}: {_days(each)} {clock(each.start)}, "
            f"{each.users} users"
        )
    for sentence in hints(made):
        console.say(f"- {sentence}")
    if made.found.left:
        console.say(f"- left out, because not of every week: {_named(made.found.left)}")
    console.say()
    _backtest(made.backtest).show(console)
    for sentence in remarks(made.backtest):
        console.say(f"- {sentence}")
    if compared is not None:
        console.say()
        stack = compared.without.model.name
        table_of_waits(compared.results, f"{stack} in these weeks, simulated", {}).show(console)
        for sentence in sentences(compared):
            console.say(f"- {sentence}")


def hints(made: Suggestion) -> list[str]:
    """Say that classes move by an hour, as they do where clocks change that are not those of the time zone."""
    moves: dict[tuple[date, int], int] = {}
    for before in made.found.over:
        for after in made.found.classes:
            hours = round((after.start - before.start) / 60)
            if (
                abs(hours) == 1
                and abs(after.start - before.start - 60 * hours) <= GRID
                and set(before.weekdays) & set(after.weekdays)
                and before.came[-1].day < min(burst.day for burst in after.came)
            ):
                moves[before.came[-1].day, hours] = moves.get((before.came[-1].day, hours), 0) + 1
    if not moves:
        return []
    day, hours = max(moves)
    way = "later" if hours > 0 else "earlier"
    return [f"after {day} classes come an hour {way}: is {made.request.zone.key} their time zone?"]


def _days(each: WeeklyClass) -> str:
    days = " ".join(WEEKDAYS[weekday] for weekday in each.weekdays)
    return days if each.every == 1 else f"{days}, every second week"


def _named(found: Sequence[Burst]) -> str:
    largest = sorted(found, key=lambda burst: -burst.users)[:MOST_NAMED]
    texts = [_burst(burst) for burst in sorted(largest, key=lambda burst: (burst.day, burst.start))]
    more = len(found) - len(texts)
    return ", ".join([*texts, *([f"and {more} smaller"] if more > 0 else [])])


def _burst(burst: Burst) -> str:
    return f"{_day(burst.day)} {clock(round(burst.start))} ({burst.users} users)"


def _day(day: date) -> str:
    return f"{day:%a} {day}"


def _backtest(test: Backtest) -> Sheet:
    table = Sheet(
        "if made without the last weeks",
        "",
        figures=(1,),
        title=f"Made from {_weeks(test.trained)}, checked on {_weeks(test.weeks)}: {test.first} to {test.last}",
    )
    expected = len(test.checked)
    table.add("classes that it expected", str(expected))
    table.add("of these, fewer than half of the users came to", str(len(test.few)))
    table.add("classes that came without an entry", str(len(test.unexpected)))
    table.add("users of all these classes", str(test.users))
    table.add("a place stood ready for (waits avoided)", _share(test.ready, test.users))
    table.add("places lacking in expected classes", str(test.lacking))
    table.add("hours of places that no one used", f"{test.unused_hours:.0f}")
    return table


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else str(part)


def _weeks(number: int) -> str:
    return "1 week" if number == 1 else f"{number} weeks"


def remarks(test: Backtest) -> list[str]:
    """Say which classes were wrong, and how."""
    found = []
    if not test.checked:
        found.append("the earlier weeks alone show no weekly class, so nothing was expected")
    if test.few:
        named = [
            f"{_day(each.day)} {clock(each.expected.start)} ({each.came} of {each.planned} users)"
            for each in test.few[:MOST_NAMED]
        ]
        found.append(f"fewer than half came, such as on holidays: {', '.join(named)}{_more(test.few)}")
    if test.unexpected:
        found.append(f"came without an entry: {_named(test.unexpected)}")
    short = [each for each in test.checked if each.lacking]
    if short:
        named = [
            f"{_day(each.day)} {clock(each.expected.start)} ({each.came}, planned {each.planned})"
            for each in short[:MOST_NAMED]
        ]
        found.append(f"more came than planned: {', '.join(named)}{_more(short)}")
    return found


def _more(found: Sequence[object]) -> str:
    return f", and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""


def as_json(
    made: Suggestion, text: str, output: str | None, compared: ComparedWaits | None = None
) -> Mapping[str, Any]:
    """Return what docs/reference/timetable.md describes."""
    test = made.backtest
    return {
        "version": VERSION,
        "arrivals": {
            "number": made.attendance.arrivals,
            "first": str(made.attendance.first),
            "last": str(made.attendance.last),
            "weeks": made.attendance.weeks,
        },
        "percentile": made.request.percentile,
        "timetable": _plain(loaded(text)),
        "written": output,
        "classes": [
            {
                "name": class_name(each),
                "weekdays": [WEEKDAYS[weekday] for weekday in each.weekdays],
                "every_weeks": each.every,
                "start": clock(each.start),
                "end": clock(each.end),
                "users": each.users,
                "spare": each.spare,
                "came": len(each.came),
                "weeks": each.weeks,
            }
            for each in made.found.classes
        ],
        "left_out": [_burst_json(burst) for burst in made.found.left],
        "backtest": {
            "trained_weeks": test.trained,
            "checked_weeks": test.weeks,
            "first": str(test.first),
            "last": str(test.last),
            "expected": len(test.checked),
            "few": [
                {
                    "date": str(each.day),
                    "start": clock(each.expected.start),
                    "planned": each.planned,
                    "came": each.came,
                }
                for each in test.few
            ],
            "unexpected": [_burst_json(burst) for burst in test.unexpected],
            "users": test.users,
            "ready": test.ready,
            "lacking": test.lacking,
            "unused_place_hours": round(test.unused_hours, 1),
        },
        "waits": None if compared is None else _waits_json(compared),
    }


def _waits_json(compared: ComparedWaits) -> Mapping[str, Any]:
    without, planned = map(outcome_as_json, compared.results)
    return {
        "without_timetable": without,
        "with_timetable": planned,
        "avoided_hours": round(compared.avoided_hours, 2),
        "needed_instances": compared.needed,
    }


def _burst_json(burst: Burst) -> Mapping[str, Any]:
    return {"date": str(burst.day), "start": clock(round(burst.start)), "users": burst.users}


def _plain(value: Any) -> Any:
    """Return YAML's content as JSON has it: dates as texts."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, date) else value
