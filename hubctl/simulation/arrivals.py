"""Who comes when, and for how long."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from hubctl.errors import BadInputError

COLUMNS = ("timestamp", "user", "duration")
MOST_MISTAKES = 10
DAY = 24 * 3600.0
LONGEST_DAYS = 92  # a term; half a minute of computing


@dataclass(frozen=True, kw_only=True, order=True)
class Arrival:
    """A user who wants a server at ``time`` (seconds from the start of the simulation) for ``duration`` seconds."""

    time: float
    user: str
    duration: float


def read_arrivals(file: Path) -> list[Arrival]:
    """Read a CSV file with the columns timestamp, user and duration; return the arrivals in order of time.

    Columns may stand in any order, and others beside them. Timestamps are ISO 8601 or plain seconds, all of one kind; durations
    are seconds. Time begins at the full hour before the first arrival, so that the numbers depend neither on the day nor on this
    machine's time zone.

    Raises:
        BadInputError: The file cannot be read, or rows are malformed; their lines are named.

    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(
            f"{file} cannot be read: {getattr(error, 'strerror', None) or error}",
            remedy="Give a CSV file in UTF-8.",
        ) from error
    mistakes: list[str] = []
    rows = list(_rows(text, mistakes))
    kinds = {isinstance(row.moment, datetime) for row in rows}
    if len(kinds) > 1:
        mistakes.append("some timestamps are dates and others plain seconds")
    zones = {row.moment.tzinfo is None for row in rows if isinstance(row.moment, datetime)}
    if len(zones) > 1:
        mistakes.append("some timestamps have a time zone and others do not")
    if not rows and not mistakes:
        mistakes.append("it holds no arrivals")
    start = min((row.seconds for row in rows), default=0.0) // 3600 * 3600
    if not mistakes:
        mistakes += [
            f"line {row.line}: this session ends {(row.seconds + row.duration - start) / DAY:.0f} days after the first "
            f"arrival; at most {LONGEST_DAYS} are simulated"
            for row in rows
            if row.seconds + row.duration - start > LONGEST_DAYS * DAY
        ]
    if mistakes:
        shown = mistakes[:MOST_MISTAKES]
        more = [f"and {len(mistakes) - len(shown)} more"] if len(mistakes) > len(shown) else []
        raise BadInputError(
            f"{file}:\n" + "\n".join(f"  {mistake}" for mistake in [*shown, *more]),
            remedy=f"Write a header {','.join(COLUMNS)} and rows like 2026-11-02T09:00:00,ada,5400.",
        )
    return sorted(Arrival(time=row.seconds - start, user=row.user, duration=row.duration) for row in rows)


def one_server_each(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Join the arrivals of a user whose server still runs to the one that started it: nobody has two."""
    joined: list[Arrival] = []
    running: dict[str, int] = {}
    for arrival in sorted(arrivals):
        place = running.get(arrival.user)
        if place is not None and arrival.time <= joined[place].time + joined[place].duration:
            first = joined[place]
            ends = max(first.time + first.duration, arrival.time + arrival.duration)
            joined[place] = replace(first, duration=ends - first.time)
        else:
            running[arrival.user] = len(joined)
            joined.append(arrival)
    return joined


@dataclass(frozen=True, kw_only=True)
class _Row:
    line: int
    moment: datetime | float
    user: str
    duration: float

    @property
    def seconds(self) -> float:
        if not isinstance(self.moment, datetime):
            return self.moment
        return (self.moment if self.moment.tzinfo else self.moment.replace(tzinfo=UTC)).timestamp()


def _rows(text: str, mistakes: list[str]) -> Iterator[_Row]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    last = 1
    try:
        found = ",".join(reader.fieldnames or ()) or "nothing"
        reader.fieldnames = [name.strip().casefold() for name in reader.fieldnames or ()]
        for column in COLUMNS:
            if (times := reader.fieldnames.count(column)) != 1:
                many = f"{times} columns" if times else "no column"
                mistakes.append(f"line 1: the header is {found}; it has {many} {column}")
        if mistakes:
            return
        for row in reader:
            try:
                yield _row(row, reader.line_num)
            except ValueError as error:
                mistakes.append(f"line {reader.line_num}: {error}")
            last = reader.line_num
    except csv.Error as error:
        mistakes.append(f"line {last + 1}: {error}")


def _row(row: dict[str, str], line: int) -> _Row:
    if None in row or None in row.values():
        raise ValueError("it does not have as many fields as the header")
    user = row["user"].strip()
    if not user:
        raise ValueError("the user is empty")
    try:
        duration = float(row["duration"])
    except ValueError:
        raise ValueError(f"duration {row['duration']!r} is not a number of seconds") from None
    if not 0 < duration < float("inf"):
        raise ValueError(f"duration {row['duration']} is not above 0")
    return _Row(line=line, moment=_moment(row["timestamp"].strip()), user=user, duration=duration)


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
