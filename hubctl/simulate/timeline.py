"""The course of a simulation, a row a minute in columns of numbers: a year of them needs some twenty megabytes."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

_COUNTS = ("sessions", "waiting", "desired", "in_service", "usable", "smallest", "pooled")


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedMinute:
    """The state of things at ``time`` (seconds), once a minute.

    ``smallest`` is the group's smallest size, which a schedule changes, ``pooled`` how many instances are in its warm pool.
    ``average`` is the scaling metric of the last minute that alarms see whole, None without data.
    """

    time: float
    sessions: int
    waiting: int
    desired: int
    in_service: int
    usable: int
    smallest: int
    pooled: int
    average: float | None


class Timeline(Sequence[SimulatedMinute]):
    """The minutes in order of time."""

    def __init__(self) -> None:
        self.times = array("d")
        self.counts = array("i")  # row by row
        self.averages = array("d")

    def add(self, time: float, counts: Sequence[int]) -> None:
        """Add a minute: ``counts`` are those of :class:`SimulatedMinute` in its order."""
        self.times.append(time)
        self.averages.append(math.nan)
        self.counts.extend(counts)

    def set_average(self, average: float | None) -> None:
        """Set the average of the last minute."""
        if average is not None:
            self.averages[-1] = average

    def column(self, name: str) -> "array[int]":
        """Return the counts of that name."""
        return self.counts[_COUNTS.index(name) :: len(_COUNTS)]

    def __len__(self) -> int:
        return len(self.times)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    @overload
    def __getitem__(self, place: int) -> SimulatedMinute: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[SimulatedMinute]: ...
    def __getitem__(self, place: int | slice) -> SimulatedMinute | Sequence[SimulatedMinute]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        average, first = self.averages[place], range(len(self))[place] * len(_COUNTS)
        counts = dict(zip(_COUNTS, self.counts[first : first + len(_COUNTS)], strict=True))
        return SimulatedMinute(
            time=self.times[place], average=None if math.isnan(average) else average, **counts
        )
