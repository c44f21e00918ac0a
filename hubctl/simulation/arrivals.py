"""Who comes when, and for how long."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hubctl.errors import BadInputError

COLUMNS = ("timestamp", "user", "duration")
MOST_MISTAKES = 10


@dataclass(frozen=True, kw_only=True, order=True)
class Arrival:
    """A user who wants a server at ``time`` (seconds from the start of the simulation) for ``duration`` seconds."""

    time: float
    user: str
    duration: float


def read_arrivals(file: Path) -> list[Arrival]:
    """Read a CSV file with the columns timestamp, user and duration; return the arrivals in order of time.

    Timestamps are ISO 8601 or plain seconds, all of one kind; durations are seconds. The first hour or the first arrival begins
    at the full hour before it, so that the numbers do not depend on the day.

    Raises:
        BadInputError: The file cannot be read, or rows are malformed; their lines are named.

    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{file} cannot be read: {error}", remedy="Give a CSV file in UTF-8.") from error
    mistakes: list[str] = []
    rows = list(_rows(text, mistakes))
    kinds = {isinstance(moment, datetime) for moment, _, _ in rows}
    if len(kinds) > 1:
        mistakes.append("some timestamps are dates and others plain seconds")
    zones = {moment.tzinfo is None for moment, _, _ in rows if isinstance(moment, datetime)}
    if len(zones) > 1:
        mistakes.append("some timestamps have a time zone and others do not")
    if not rows and not mistakes:
        mistakes.append("it holds no arrivals")
    if mistakes:
        shown = mistakes[:MOST_MISTAKES]
        more = [f"and {len(mistakes) - len(shown)} more"] if len(mistakes) > len(shown) else []
        raise BadInputError(
            f"{file}:\n" + "\n".join(f"  {mistake}" for mistake in [*shown, *more]),
            remedy=f"Write a header {','.join(COLUMNS)} and rows like 2026-11-02T09:00:00,ada,5400.",
        )
    seconds = [
        (moment.timestamp() if isinstance(moment, datetime) else moment, user, duration)
        for moment, user, duration in rows
    ]
    start = min(moment for moment, _, _ in seconds) // 3600 * 3600
    return sorted(
        Arrival(time=moment - start, user=user, duration=duration) for moment, user, duration in seconds
    )


Row = tuple[datetime | float, str, float]


def _rows(text: str, mistakes: list[str]) -> Iterator[Row]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    last = 1
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            found = ",".join(reader.fieldnames or ()) or "nothing"
            mistakes.append(f"line 1: the header is {found}, not {','.join(COLUMNS)}")
            return
        for row in reader:
            try:
                yield _row(row)
            except ValueError as error:
                mistakes.append(f"line {reader.line_num}: {error}")
            last = reader.line_num
    except csv.Error as error:
        mistakes.append(f"line {last + 1}: {error}")


def _row(row: dict[str, str]) -> Row:
    if None in row or None in row.values():
        raise ValueError(f"it does not have {len(COLUMNS)} fields")
    user = row["user"].strip()
    if not user:
        raise ValueError("the user is empty")
    try:
        duration = float(row["duration"])
    except ValueError:
        raise ValueError(f"duration {row['duration']!r} is not a number of seconds") from None
    if not 0 < duration < float("inf"):
        raise ValueError(f"duration {row['duration']} is not above 0")
    return _moment(row["timestamp"].strip()), user, duration


def _moment(text: str) -> datetime | float:
    try:
        seconds = float(text)
    except ValueError:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"timestamp {text!r} is neither ISO 8601 nor a number of seconds") from None
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"timestamp {text} is not a number of seconds from 0 on")
    return seconds
