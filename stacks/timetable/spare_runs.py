"""From windows to the times at which a timetable wants spare places, as short as a parameter of SSM needs them.

What repeats every seven days at the same time of UTC is one run. So who reads them needs no time zones: where clocks
change within a term, a class has two runs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from stacks.timetable.windows import Window

WEEK = timedelta(days=7)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class SpareRun:
    """From ``start``, in UTC, ``spare`` places are kept free for so many minutes, in so many weeks one after the other."""

    start: datetime
    minutes: int
    weeks: int
    spare: int

    def row(self) -> tuple[str, int, int, int]:
        """Return it as the hub reads it."""
        return f"{self.start.astimezone(UTC):%Y-%m-%dT%H:%MZ}", self.minutes, self.weeks, self.spare


def spare_runs(windows: Sequence[Window]) -> tuple[SpareRun, ...]:
    """Return the runs for windows that are in order and do not overlap, by their first time."""
    by_next: dict[tuple[datetime, int, int], SpareRun] = {}  # by what would continue it
    for start, end, spare in _joined(windows):
        minutes = -(-(end - start) // _MINUTE)
        new = SpareRun(start=start, minutes=minutes, weeks=0, spare=spare)
        run = by_next.pop((start, minutes, spare), new)
        by_next[start + WEEK, minutes, spare] = replace(run, weeks=run.weeks + 1)
    return tuple(sorted(by_next.values(), key=lambda run: run.start))


def _joined(windows: Iterable[Window]) -> Iterator[tuple[datetime, datetime, int]]:
    """Yield when how many places are wanted, at most a week each; windows that only differ in their users are one."""
    spans: list[tuple[datetime, datetime, int]] = []
    for window in windows:
        if spans and spans[-1][1:] == (window.start, window.spare):
            spans[-1] = (spans[-1][0], window.end, window.spare)
        elif window.spare:
            spans.append((window.start, window.end, window.spare))
    for start, end, spare in spans:
        while start < end:
            yield start, min(end, start + WEEK), spare
            start += WEEK
