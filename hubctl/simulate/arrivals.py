"""Who comes when, and for how long: the arrivals of a CSV file, whose separator, header and rows are read here too.

Mistakes are reported by line.
"""

import csv
import io
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from hubctl.core.errors import BadInputError
from hubctl.simulate.columns import Arrival, ArrivalColumns, in_order, joined_columns
from hubctl.simulate.durations import DAY, read_durations
from hubctl.simulate.long_files import FileShape, Progress, read_quickly
from hubctl.simulate.time_stamps import FINER, FROM_START, LONGEST_DAYS, SERIAL, read_times, said_of_times
from stacks.settings.text_files import LONGEST_SHOWN, TextFileError, bounded, decoded, encoding_of, shown

COLUMNS = ("timestamp", "user", "duration")
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_HINT = "separate columns by commas, semicolons, tabs or pipes"
MOST_MISTAKES = 10
HEAD = 100_000  # letters in which the header is looked for


@dataclass(frozen=True, kw_only=True)
class ReadArrivals:
    """The arrivals in order of time, and sentences that say how the file was read.

    ``start`` is when their time begins, in seconds since 1970; None where the file does not say. ``zoned`` tells whether it
    says in which time zone; if not, UTC was taken.
    """

    arrivals: Sequence[Arrival]
    said: Sequence[str]
    start: float | None = None
    zoned: bool = False


def read_arrivals(
    file: Path, *, longest_days: float = LONGEST_DAYS, progress: Progress | None = None
) -> ReadArrivals:
    """Read a CSV file with the columns timestamp, user and duration.

    Columns may stand in any order, and others beside them; the header decides the separator. docs/how-to/simulate.md lists the
    time stamps and durations that are read. Time begins at the full hour before the first arrival, so that the numbers depend
    neither on the day nor on this machine's time zone. No session may end more than ``longest_days`` after that.
    ``progress`` is called with how many bytes of a long file were read meanwhile.

    Raises:
        BadInputError: The file cannot be read, or rows are malformed or could be read in two ways; their lines are named.

    """
    try:
        content = file.read_bytes()
        head = decoded(content)[:HEAD]  # all of it is looked at, for bytes that are not text
    except (OSError, TextFileError) as error:
        raise BadInputError(
            f"{file} cannot be read: {getattr(error, 'strerror', None) or error}",
            remedy="Give a CSV file in UTF-8 or UTF-16.",
        ) from error
    if quick := _quickly(content, encoding_of(content), head, longest_days, progress):
        return quick
    return _carefully(file, decoded(content), longest_days)


def _quickly(
    content: bytes, encoding: str, head: str, longest_days: float, progress: Progress | None
) -> ReadArrivals | None:
    """Read a file without mistakes, of which nothing but the header is kept as text; None for any other one."""
    lines = list(io.StringIO(head, newline=""))
    start, separator = _begins(lines)
    if start >= len(lines) or not lines[start].endswith(("\n", "\r")):
        return None
    header, mistakes = _header(lines[start], separator, start + 1)
    if mistakes:
        return None
    shape = FileShape(
        header=start + 1,
        separator=separator,
        places={name: header.index(name) for name in COLUMNS},
        width=len(header),
    )
    read = read_quickly(content, encoding, shape, progress)
    if read is None:
        return None
    first = min(read.times)
    start_time = first // 3600 * 3600
    if max(map(float.__add__, read.times, read.durations)) - start_time > longest_days * DAY:
        return None
    columns = in_order(
        array("d", [round(time - start_time, 6) for time in read.times]), read.users, read.durations
    )
    return ReadArrivals(
        arrivals=columns,
        said=[
            *_of_separator(separator),
            said_of_times(read.kind, first, max(read.times)),
            read.durations_said,
        ],
        start=None if read.kind == FROM_START else start_time,
        zoned=read.zoned,
    )


def _of_separator(separator: str) -> list[str]:
    return [] if separator == "," else [f"the separator is the {SEPARATORS[separator]}"]


def _carefully(file: Path, text: str, longest_days: float) -> ReadArrivals:
    found = read_rows(text)
    dots_may_group = found.separator == ";"
    times = read_times([(row.line, row.timestamp) for row in found.rows], dots_may_group=dots_may_group)
    durations = read_durations(
        [(row.line, row.duration) for row in found.rows],
        dots_may_group=dots_may_group,
        days=times.kind == SERIAL,
        finer=times.kind in FINER,
    )
    mistakes = [*found.mistakes, *times.mistakes, *durations.mistakes]
    if not found.rows and not mistakes:
        mistakes.append((1, "there is a header, but no arrivals"))
    start = min(times.seconds.values(), default=0.0) // 3600 * 3600
    if not mistakes:
        mistakes += _too_long(times.seconds, durations.seconds, start, longest_days)
    if mistakes:
        _refuse(file, mistakes)
    return ReadArrivals(
        arrivals=sorted(
            Arrival(
                time=round(times.seconds[row.line] - start, 6),
                user=row.user,
                duration=durations.seconds[row.line],
            )
            for row in found.rows
        ),
        said=[*_of_separator(found.separator), times.said, durations.said],
        start=None if times.kind == FROM_START else start,
        zoned=times.zoned,
    )


def one_server_each(arrivals: Sequence[Arrival]) -> Sequence[Arrival]:
    """Join the arrivals of a user whose server still runs to the one that started it: no user has two."""
    if isinstance(arrivals, ArrivalColumns):
        return joined_columns(arrivals)
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


def _too_long(
    times: Mapping[int, float], durations: Mapping[int, float], start: float, longest: float
) -> list[tuple[int, str]]:
    ends = {line: (times[line] + durations[line] - start) / DAY for line in times}
    return [
        (
            line,
            f"this session ends {days:.0f} days after the first arrival; at most {longest:g} are read",
        )
        for line, days in ends.items()
        if days > longest
    ]


def _refuse(file: Path, mistakes: Sequence[tuple[int, str]]) -> NoReturn:
    ordered = [f"line {line}: {mistake}" for line, mistake in sorted(dict.fromkeys(mistakes))]
    raise BadInputError(
        f"{file}:\n" + "\n".join(f"  {mistake}" for mistake in bounded(ordered, MOST_MISTAKES)),
        remedy=f"Write a header {','.join(COLUMNS)} and rows like 2026-11-02T09:00:00,ada,5400. "
        "docs/how-to/simulate.md lists what else is read.",
    )


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What the columns hold in a row that begins in ``line``."""

    line: int
    timestamp: str
    user: str
    duration: str


@dataclass(frozen=True, kw_only=True)
class ReadRows:
    """The rows, the separator that was found, and the mistakes by line."""

    rows: Sequence[Fields]
    separator: str
    mistakes: Sequence[tuple[int, str]]


def read_rows(text: str) -> ReadRows:
    """Read the rows below the header, which decides the separator; empty rows are passed over."""
    try:
        return _read(text)
    except csv.Error as error:
        return ReadRows(rows=[], separator=",", mistakes=[(1, f"the header cannot be read: {error}")])


def _read(text: str) -> ReadRows:
    lines = list(io.StringIO(text, newline=""))
    start, separator = _begins(lines)
    header_text = lines[start] if start < len(lines) else ""
    header, mistakes = _header(header_text, separator, start + 1)
    if mistakes:
        return ReadRows(rows=[], separator=separator, mistakes=mistakes)
    rows: list[Fields] = []
    for line, fields in _records(text, separator, mistakes):
        if line <= start + 1 or not any(field.strip() for field in fields):
            continue
        extra = fields[len(header) :]
        if len(fields) < len(header) or any(field.strip() for field in extra):
            mistakes.append((line, _uneven(fields, header, separator)))
            continue
        row = {name: fields[number].strip() for number, name in enumerate(header) if name in COLUMNS}
        if not row["user"]:
            mistakes.append((line, "the user is empty"))
            continue
        rows.append(Fields(line=line, **row))
    return ReadRows(rows=rows, separator=separator, mistakes=mistakes)


def _begins(lines: Sequence[str]) -> tuple[int, str]:
    """Return in which line the header is, and the separator."""
    declared = next(
        (sign for sign in SEPARATORS if lines and lines[0].strip().lower() == f"sep={sign}"), None
    )
    start = 1 if declared else 0  # Excel's own line, which says the separator
    while start < len(lines) and not lines[start].strip():
        start += 1
    return start, declared or _separator(lines[start] if start < len(lines) else "")


def _separator(header: str) -> str:
    """Return the separator with which a header has the columns; if none does, the one with the most columns."""

    def fitness(sign: str) -> tuple[int, int]:
        names = _split(header, sign)
        return len(set(COLUMNS) & set(names)), len(names)

    return max(SEPARATORS, key=fitness)


def _split(line: str, separator: str) -> list[str]:
    fields = next(csv.reader([line], delimiter=separator), [])
    return [field.strip().casefold() for field in fields]


def _header(line: str, separator: str, number: int) -> tuple[list[str], list[tuple[int, str]]]:
    names = _split(line, separator)
    if not line.strip():
        return names, [(1, "the header is empty")]
    lacking = {column: names.count(column) for column in COLUMNS if names.count(column) != 1}
    if len(names) == 1 and lacking:
        return names, [(number, f"the header {shown(line.strip())} has no separator: {_HINT}")]
    if len(lacking) == len(COLUMNS) and any(character.isdecimal() for character in line):
        return names, [(number, f"there is no header above the first row {shown(line.strip())}")]
    return names, [
        (
            number,
            f"the header is {_named(line, separator)}; it has "
            f"{f'{times} columns' if times else 'no column'} {column} (separator: {SEPARATORS[separator]})",
        )
        for column, times in lacking.items()
    ]


def _named(header: str, separator: str) -> str:
    named = ",".join(name.strip() for name in header.split(separator))
    return named if len(named) <= LONGEST_SHOWN and named.isprintable() else shown(named)


def _uneven(fields: Sequence[str], header: Sequence[str], separator: str) -> str:
    said = (
        f"it does not have as many fields as the header ({len(fields)}, not {len(header)}; the separator is the "
        f"{SEPARATORS[separator]})"
    )
    others: Mapping[str, int] = {
        name: fields[0].count(sign)
        for sign, name in SEPARATORS.items()
        if len(fields) == 1 and sign != separator
    }
    other = next((name for name, times in others.items() if times == len(header) - 1), None)
    return f"{said}; this row has the separator {other}" if other else said


def _records(text: str, separator: str, mistakes: list[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line in which it begins; one that cannot be read ends them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    last = 0
    try:
        for fields in reader:
            yield last + 1, fields
            last = reader.line_num
    except csv.Error as error:
        mistakes.append((last + 1, f"{error}"))
