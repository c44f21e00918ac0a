"""Who comes when: the rows of a roster, ``user,arrival[,duration][,class]``. Every mistake is named at once, by its line."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.core.errors import BadInputError
from hubctl.simulate.durations import read_durations
from stacks.settings.text_files import TextFileError, bounded, decoded, shown

COLUMNS = ("user", "arrival", "duration", "class")
MOST_MISTAKES = 20
MOST_ROWS = 10_000
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_RELATIVE = re.compile(r"([+-]?)\s*(\d+(?:\.\d+)?)\s*(s|min|h)?")
_SIGNED_CLOCK = re.compile(r"([+-])(?:(\d{1,2}):)?([0-5]?\d):([0-5]\d)")
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}
REMEDY = (
    "The columns are user,arrival and, where you like, duration and class. An arrival is a time of day, such as 08:58, or "
    "seconds or minutes after the class's beginning, such as +90 s or -2 min."
)


@dataclass(frozen=True, kw_only=True)
class RosterRow:
    """A user. ``clock`` is a time of day in seconds, ``offset`` seconds after the class's beginning: one of both is given.

    ``duration`` in seconds, None to the end of the class; ``group`` is the class, empty where the file does not say.
    """

    user: str
    clock: float | None = None
    offset: float | None = None
    duration: float | None = None
    group: str = ""

    def after(self, begins: float) -> float:
        """Return when the user comes, in seconds after a class that begins at ``begins`` seconds of its day."""
        if self.offset is not None:
            return self.offset
        away = (self.clock or 0.0) - begins
        # Around midnight the nearer day is meant.
        return away - 86400 if away > 43200 else away + 86400 if away < -43200 else away


def read_roster(file: Path) -> tuple[RosterRow, ...]:
    """Read the file; raise BadInputError with every mistake."""
    try:
        text = decoded(file.read_bytes())
    except OSError as error:
        raise BadInputError(
            f"--roster {file} cannot be read: {error.strerror}", remedy="Give the path of a CSV file."
        ) from error
    except TextFileError as error:
        raise BadInputError(f"--roster {file}, {error}", remedy="Save it as UTF-8.") from error
    rows, mistakes = roster_of(text)
    if mistakes:
        said = "\n".join(bounded(mistakes, MOST_MISTAKES))
        raise BadInputError(f"--roster {file} cannot be used:\n{said}", remedy=REMEDY)
    return rows


def roster_of(text: str) -> tuple[tuple[RosterRow, ...], list[str]]:
    """Return the rows of a roster's text, and its mistakes, a sentence each with the line."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    heading = [cell.strip().lower() for cell in next(reader, [])]
    if wrong := _wrong_heading(heading):
        return (), [f"line 1: {wrong}"]
    cells, mistakes = _cells(reader, heading)
    if len(cells) > MOST_ROWS:
        return (), [f"{len(cells):,} users; {MOST_ROWS:,} are possible"]
    durations = read_durations(
        [(line, row["duration"]) for line, row in cells if row.get("duration")],
        dots_may_group=separator == ";",
    )
    mistakes += [f"line {line}: {mistake}" for line, mistake in durations.mistakes]
    rows = []
    seen: dict[str, int] = {}
    for line, row in cells:
        mistakes += _wrong_user(line, row["user"], seen)
        try:
            clock, offset = _arrival(row["arrival"])
        except ValueError as error:
            mistakes.append(f"line {line}: arrival {shown(row['arrival'])} {error}")
            continue
        stays = durations.seconds.get(line)
        rows.append(
            RosterRow(
                user=row["user"], clock=clock, offset=offset, duration=stays, group=row.get("class", "")
            )
        )
    if not cells:
        mistakes.append("there are no users in it")
    return tuple(rows), sorted(mistakes, key=_line_of)


def _cells(reader: Any, heading: Sequence[str]) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Return the rows below the heading, by line, and those with too many columns as mistakes."""
    cells, mistakes = [], []
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(heading):
            mistakes.append(f"line {reader.line_num}: {len(row)} columns, and the heading has {len(heading)}")
            continue
        padded = [cell.strip() for cell in row] + [""] * (len(heading) - len(row))
        cells.append((reader.line_num, dict(zip(heading, padded, strict=True))))
    return cells, mistakes


def _wrong_user(line: int, user: str, seen: dict[str, int]) -> list[str]:
    if not user:
        return [f"line {line}: the user is empty"]
    if user in seen:
        return [f"line {line}: {shown(user)} comes in line {seen[user]} already"]
    seen[user] = line
    return []


def _line_of(mistake: str) -> int:
    found = re.match(r"line (\d+)", mistake)
    return int(found[1]) if found else 0


def _wrong_heading(heading: Sequence[str]) -> str:
    missing = [name for name in COLUMNS[:2] if name not in heading]
    unknown = [name for name in heading if name not in COLUMNS]
    twice = sorted({name for name in heading if heading.count(name) > 1})
    said: Mapping[str, Sequence[str]] = {
        "the heading lacks": missing,
        "the heading has what is not known:": [name or "an empty name" for name in unknown],
        "the heading has twice": twice,
    }
    return "; ".join(f"{words} {', '.join(names)}" for words, names in said.items() if names)


def _arrival(text: str) -> tuple[float | None, float | None]:
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = clock.groups()
        return int(hours) * 3600.0 + int(minutes) * 60.0 + int(seconds or 0), None
    if signed := _SIGNED_CLOCK.fullmatch(text):
        sign, hours, minutes, seconds = signed.groups()
        away = int(hours or 0) * 3600.0 + int(minutes) * 60.0 + int(seconds)
        return None, -away if sign == "-" else away
    if relative := _RELATIVE.fullmatch(text):
        sign, number, unit = relative.groups()
        away = float(number) * _UNITS[unit or "s"]
        if away > 86400:
            raise ValueError("is more than a day from the class's beginning")
        return None, -away if sign == "-" else away
    raise ValueError("is neither a time of day nor a time after the beginning" if text else "is empty")
