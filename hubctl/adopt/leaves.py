"""Where two values of a resource differ, down to the arguments of nested blocks."""

from collections.abc import Iterator, Mapping
from typing import Any

from hubctl.adopt.diagnostics import Place
from hubctl.adopt.writing import spec_at

Schema = Mapping[str, Any]


def differing(before: Any, after: Any, block: Schema, place: Place) -> Iterator[Place]:
    """Yield the places at and below ``place`` at which ``after`` differs; positions are those in ``before``.

    ``block`` is the schema of the whole resource. Blocks of a set are compared with those that are most alike.
    """
    if before == after:
        return
    spec = spec_at(block, place) or {}
    if "nesting_mode" not in spec or isinstance(before, Mapping) is not isinstance(after, Mapping):
        yield place
    elif isinstance(before, Mapping) and spec["nesting_mode"] != "map":
        yield from _within(before, after, block, place)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = (
            _most_alike(before, after)
            if spec["nesting_mode"] == "set"
            else list(zip(before, after, strict=True))
        )
        for number, (ours, theirs) in enumerate(pairs):
            if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
                yield from _within(ours, theirs, block, (*place, number))
    else:
        yield place


def _within(
    before: Mapping[str, Any], after: Mapping[str, Any], block: Schema, place: Place
) -> Iterator[Place]:
    for name in sorted({*before, *after}):
        yield from differing(before.get(name), after.get(name), block, (*place, name))


def _most_alike(before: list[Any], after: list[Any]) -> list[tuple[Any, Any]]:
    left = list(after)
    found: dict[int, Any] = {}
    for number, ours in enumerate(before):
        if ours in left:
            found[number] = left.pop(left.index(ours))
    for number, ours in enumerate(before):
        if number not in found:
            best = max(range(len(left)), key=lambda position: _likeness(ours, left[position]))
            found[number] = left.pop(best)
    return [(ours, found[number]) for number, ours in enumerate(before)]


def _likeness(one: Any, other: Any) -> int:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return sum(_likeness(value, other.get(name)) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return sum(max((_likeness(item, match) for match in other), default=0) for item in one)
    return int(one == other)
