"""How many workers it takes until everyone who waits has a place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Places:
    """Places for servers of one size.

    ``free`` on the ``ready`` workers that there are, ``taken`` of them (or of those to come) by others who came
    first, ``each`` on one more worker. ``paused`` workers are there too, and take nobody: waiting for them is in vain.
    """

    free: int
    taken: int
    ready: int
    each: int
    paused: int = 0


def places(asked: Places, desired: int) -> int:
    """Return the capacity, in workers, that gives everyone up to and including the asker a place.

    Workers that were asked for but are not ready yet count as coming: ``desired`` is not raised for them again.
    """
    coming = max(0, desired - asked.ready - asked.paused)
    lacking = asked.taken + 1 - asked.free - coming * asked.each
    return desired + max(0, -(-lacking // asked.each))
