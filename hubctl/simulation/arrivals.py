"""Who comes when, and for how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from hubctl.errors import BadInputError
from hubctl.simulation.arrival_rows import COLUMNS, SEPARATORS, read_rows
from hubctl.simulation.durations import read_durations
from hubctl.simulation.time_stamps import DAY, FINER, LONGEST_DAYS, SERIAL, read_times
from stacks.given_text import GivenTextError, bounded, decoded

MOST_MISTAKES = 10


@dataclass(frozen=True, kw_only=True, order=True)
class Arrival:
    """A user who wants a server at ``time`` (seconds from the start of the simulation) for ``duration`` seconds."""

    time: float
    user: str
    duration: float


@dataclass(frozen=True, kw_only=True)
class ReadArrivals:
    """The arrivals in order of time, and sentences that say how the file was read."""

    arrivals: Sequence[Arrival]
    said: Sequence[str]


def read_arrivals(file: Path) -> ReadArrivals:
    """Read a CSV file with the columns timestamp, user and duration.

    Columns may stand in any order, and others beside them; the header decides the separator. docs/how-to/simulate.md lists the
    forms of time stamps and durations. Time begins at the full hour before the first arrival, so that the numbers depend neither
    on the day nor on this machine's time zone.

    Raises:
        BadInputError: The file cannot be read, or rows are malformed or could be read in two ways; their lines are named.

    """
    try:
        text = decoded(file.read_bytes())
    except (OSError, GivenTextError) as error:
        raise BadInputError(
            f"{file} cannot be read: {getattr(error, 'strerror', None) or error}",
            remedy="Give a CSV file in UTF-8 or UTF-16.",
        ) from error
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
        mistakes += _too_long(times.seconds, durations.seconds, start)
    if mistakes:
        _refuse(file, mistakes)
    separator = [] if found.separator == "," else [f"the separator is the {SEPARATORS[found.separator]}"]
    return ReadArrivals(
        arrivals=sorted(
            Arrival(
                time=round(times.seconds[row.line] - start, 6),
                user=row.user,
                duration=durations.seconds[row.line],
            )
            for row in found.rows
        ),
        said=[*separator, times.said, durations.said],
    )


def _too_long(
    times: Mapping[int, float], durations: Mapping[int, float], start: float
) -> list[tuple[int, str]]:
    ends = {line: (times[line] + durations[line] - start) / DAY for line in times}
    return [
        (
            line,
            f"this session ends {days:.0f} days after the first arrival; at most {LONGEST_DAYS} are simulated",
        )
        for line, days in ends.items()
        if days > LONGEST_DAYS
    ]


def _refuse(file: Path, mistakes: Sequence[tuple[int, str]]) -> NoReturn:
    ordered = [f"line {line}: {mistake}" for line, mistake in sorted(dict.fromkeys(mistakes))]
    raise BadInputError(
        f"{file}:\n" + "\n".join(f"  {mistake}" for mistake in bounded(ordered, MOST_MISTAKES)),
        remedy=f"Write a header {','.join(COLUMNS)} and rows like 2026-11-02T09:00:00,ada,5400. "
        "docs/how-to/simulate.md lists what else is read.",
    )


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
