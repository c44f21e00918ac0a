"""Bursts: many users within minutes, far more than before and after. A class that comes, as a day's arrivals show it.

A day is cut into bins of five minutes. Where half an hour brings far more arrivals than the flanks beside it let expect,
there is a burst. Bins of a flank that stand out do not count, so that another class in it does not hide one; and of both
flanks the busier one counts, so that a morning that grows busier and busier is not a class.
"""

import functools
import math
import statistics
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from hubctl.timetable.attendance import MINUTES, Day

BIN = 5  # minutes
BINS = MINUTES // BIN
WINDOW = 6  # bins in which most of a class arrive
GAP = 3  # bins on both sides that belong neither to the burst nor to a flank
FLANK = 15  # bins
QUIETER = 2 / 3  # of a flank's bins, in which there is hardly another class
STANDS_OUT = 3.0  # times the root above those: arrivals by chance scatter by it
SIGMAS = 4.0  # how many such roots above what the flanks let expect
TIMES = 1.5  # how many times what the flanks let expect
BEFORE, AFTER = (
    20,
    50,
)  # minutes around the first and after the last of the window that may still belong to the class
TAIL = 0.25  # a burst close after another, and smaller than this share of it, is its late-comers
TAIL_MINUTES = 50
SMALLEST = 8  # users


@dataclass(frozen=True, kw_only=True)
class Burst:
    """Users who came together on a day. Minutes are since midnight, by the clock.

    Attributes:
        day: The day.
        start: When half of them were there.
        first: When a tenth of them were there.
        end: When half of them were gone.
        users: How many came, less those who come at any time.
        others: Sessions that ran at its start already, and are not of it.

    """

    day: date
    start: float
    first: float
    end: float
    users: int
    others: int


def bursts(day: Day, *, smallest: int = SMALLEST) -> list[Burst]:
    """Return the bursts of a day with at least ``smallest`` users, in order of time."""
    counts = [0.0] * BINS
    for begin in day.begins:
        counts[min(BINS - 1, int(begin // BIN))] += 1
    peaks = sorted(_without_tails(list(_peaks(counts, smallest))))
    together = [_together(day, peaks, number) for number in range(len(peaks))]
    members = {number for each in together for number in each}
    found = [
        _burst(day, place, rate, comers, members)
        for (place, rate), comers in zip(peaks, together, strict=True)
    ]
    return [burst for burst in found if burst.users >= smallest]


def _peaks(counts: Sequence[float], smallest: int) -> Iterator[tuple[int, float, float]]:
    """Yield the first bin, the rate of others in a bin and the excess of each burst, the largest first."""
    left = list(counts)
    usual = functools.cache(lambda begin: _usual(counts[max(0, begin) : max(0, begin + FLANK)]))
    flanks: dict[int, list[float]] = {}
    for place in range(BINS - WINDOW + 1):
        if sum(counts[place : place + WINDOW]) >= smallest / 2:
            beside = (usual(place - GAP - FLANK), usual(place + WINDOW + GAP))
            flanks[place] = [rate for rate in beside if rate is not None]
    while flanks:
        best = max(flanks, key=lambda place: _excess(left, place, max(flanks[place])))
        rate = max(flanks[best])
        excess = _excess(left, best, rate)
        if excess < max(smallest / 2, SIGMAS * math.sqrt(rate * WINDOW + 1), (TIMES - 1) * rate * WINDOW):
            return
        yield best, statistics.fmean(flanks[best]), excess
        for place in range(best, best + WINDOW):
            left[place] = min(left[place], rate)


def _excess(counts: Sequence[float], place: int, rate: float) -> float:
    return sum(counts[place : place + WINDOW]) - rate * WINDOW


def _usual(flank: Sequence[float]) -> float | None:
    """Return the mean of a flank without the bins that stand out from its quieter ones; None at the end of a day."""
    if not flank:
        return None
    quieter = statistics.fmean(sorted(flank)[: max(1, math.ceil(len(flank) * QUIETER))])
    most = quieter + STANDS_OUT * math.sqrt(quieter + 0.5)
    return statistics.fmean(number for number in flank if number <= most)


def _without_tails(peaks: Sequence[tuple[int, float, float]]) -> list[tuple[int, float]]:
    """Leave out what are late-comers of the burst before, or early ones of the next; the largest come first."""
    kept: list[tuple[int, float, float]] = []
    for place, rate, excess in sorted(peaks, key=lambda peak: -peak[2]):
        if not any(
            abs(place - beside) < WINDOW
            or (excess < TAIL * other and abs(place - beside) * BIN <= TAIL_MINUTES)
            for beside, _, other in kept
        ):
            kept.append((place, rate, excess))
    return [(place, rate) for place, rate, _ in kept]


def _together(day: Day, peaks: Sequence[tuple[int, float]], number: int) -> range:
    """Return which sessions may be of a peak: those around its window, up to the middle between it and the next."""
    place = peaks[number][0]
    low, high = place * BIN - BEFORE, (place + WINDOW) * BIN + AFTER
    if number:
        low = max(low, (peaks[number - 1][0] + WINDOW + place) * BIN // 2)
    if number + 1 < len(peaks):
        high = min(high, (place + WINDOW + peaks[number + 1][0]) * BIN // 2)
    return range(bisect_left(day.begins, low), bisect_left(day.begins, high))


def _burst(day: Day, place: int, rate: float, comers: range, members: Collection[int]) -> Burst:
    """Return a burst of ``comers``; its times are those of the sessions that came in its window.

    ``members`` are the sessions of all bursts of the day.
    """
    core = range(bisect_left(day.begins, place * BIN), bisect_left(day.begins, (place + WINDOW) * BIN))
    begins = [day.begins[number] for number in core]
    start = statistics.median(begins)
    minutes = day.begins[comers[-1]] - day.begins[comers[0]]
    users = len({day.users[number] for number in comers}) - rate * minutes / BIN
    others = sum(1 for number in range(comers[0]) if day.ends[number] > start and number not in members)
    return Burst(
        day=day.date,
        start=start,
        first=begins[len(begins) // 10],
        end=statistics.median(day.ends[number] for number in core),
        users=round(users),
        others=others + sum(1 for end in day.still if end > start),
    )
