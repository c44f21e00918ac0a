"""The course of a simulation as letters: a row for each curve, as many columns as the terminal has room for."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hubctl.simulate.durations import HOUR
from hubctl.simulate.report import IN_DAYS, SimulationResult

HEIGHTS, PLAIN_HEIGHTS = " ▁▂▃▄▅▆▇█", " .:-=+*#@"
CURVES = {
    "sessions": "sessions",
    "waiting": "waiting users",
    "in_service": "in service",
    "desired": "desired",
    "smallest": "smallest size",
    "pooled": "in the pool",
}
NARROWEST = 10


def course(result: SimulationResult, width: int, *, plain: bool = False) -> Iterator[str]:
    """Yield the lines of a result: each curve up to its own most, which stands behind it; curves at 0 are left out."""
    timeline = result.outcome.timeline
    margin = max(map(len, CURVES.values())) + 1
    columns = min(len(timeline), max(NARROWEST, width - margin - len(" 9999")))
    if not columns:
        return
    yield result.label
    for name, said in CURVES.items():
        values = _most(timeline.column(name), columns)
        if most := max(values):
            yield f"{said:<{margin}}{_letters(values, most, plain=plain)} {most}"
    seconds = result.outcome.seconds
    length = f"{seconds / 24 / HOUR:.1f} days" if seconds > IN_DAYS else f"{seconds / HOUR:.1f} hours"
    yield f"{'':<{margin}}{'0':<{max(1, columns - len(length))}}{length}"


def _most(values: Sequence[int], columns: int) -> list[int]:
    """Return the most of each of so many parts, so that nothing is lost."""
    bounds = [len(values) * column // columns for column in range(columns + 1)]
    return [max(values[first:last]) for first, last in pairwise(bounds)]


def _letters(values: Sequence[int], most: int, *, plain: bool) -> str:
    heights = PLAIN_HEIGHTS if plain else HEIGHTS
    # Whatever is above 0 is seen
    return "".join(heights[-(-value * (len(heights) - 1) // most)] for value in values)
