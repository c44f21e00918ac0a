"""Arrivals as columns of numbers: a million of them need a hundred megabytes less than as many objects."""

import itertools
import operator
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload


@dataclass(frozen=True, kw_only=True, order=True, slots=True)
class Arrival:
    """A user who wants a server at ``time`` (seconds from the start of the simulation) for ``duration`` seconds."""

    time: float
    user: str
    duration: float


@dataclass(frozen=True, kw_only=True, eq=False)
class ArrivalColumns(Sequence[Arrival]):
    """Arrivals in order of time: the times, the users and the durations."""

    times: "array[float]"
    users: Sequence[str]
    durations: "array[float]"

    def __len__(self) -> int:
        return len(self.times)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    @overload
    def __getitem__(self, place: int) -> Arrival: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Arrival]: ...
    def __getitem__(self, place: int | slice) -> Arrival | Sequence[Arrival]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        return Arrival(time=self.times[place], user=self.users[place], duration=self.durations[place])


def as_columns(arrivals: Sequence[Arrival]) -> ArrivalColumns:
    """Return arrivals as columns; the order stays."""
    if isinstance(arrivals, ArrivalColumns):
        return arrivals
    ordered = sorted(arrivals, key=lambda arrival: arrival.time)
    return ArrivalColumns(
        times=array("d", [arrival.time for arrival in ordered]),
        users=[arrival.user for arrival in ordered],
        durations=array("d", [arrival.duration for arrival in ordered]),
    )


def last_end(arrivals: Sequence[Arrival]) -> float:
    """Return when the last session would end if nobody waited."""
    if isinstance(arrivals, ArrivalColumns):
        return max(map(float.__add__, arrivals.times, arrivals.durations))
    return max(arrival.time + arrival.duration for arrival in arrivals)


def in_order(times: "array[float]", users: list[str], durations: "array[float]") -> ArrivalColumns:
    """Return columns in order of time, then user, then duration; the given ones may be changed."""
    if any(map(operator.gt, times, itertools.islice(times, 1, None))):
        order = sorted(range(len(times)), key=times.__getitem__)
        times = array("d", map(times.__getitem__, order))
        users = list(map(users.__getitem__, order))
        durations = array("d", map(durations.__getitem__, order))
    after = -1
    same = map(operator.eq, times, itertools.islice(times, 1, None))
    for first in [place for place, is_same in enumerate(same) if is_same]:
        if first < after:
            continue
        after = first + 1
        while after < len(times) and times[after] == times[first]:
            after += 1
        pairs = sorted(zip(users[first:after], durations[first:after], strict=True))
        users[first:after] = [user for user, _ in pairs]
        durations[first:after] = array("d", [duration for _, duration in pairs])
    return ArrivalColumns(times=times, users=users, durations=durations)


def joined_columns(arrivals: ArrivalColumns) -> ArrivalColumns:
    """Join the arrivals of a user whose server still runs to the one that started it."""
    times, users, durations = array("d"), list[str](), array("d")
    running: dict[str, int] = {}
    for time, user, duration in zip(arrivals.times, arrivals.users, arrivals.durations, strict=True):
        place = running.get(user)
        if place is not None and time <= times[place] + durations[place]:
            durations[place] = max(times[place] + durations[place], time + duration) - times[place]
        else:
            running[user] = len(times)
            times.append(time)
            users.append(user)
            durations.append(duration)
    return ArrivalColumns(times=times, users=users, durations=durations)
