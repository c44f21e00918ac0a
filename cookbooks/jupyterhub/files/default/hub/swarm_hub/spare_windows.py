"""When the timetable wants more places kept free than the setting says: an SSM parameter that the stack writes.

The hub reads it again and again, so that an edited timetable does not restart the hub. Its value is JSON: a list of
``[start, minutes, weeks, places]``, such as ``["2027-01-11T07:45Z", 105, 6, 10]``. From its start, in UTC, each holds for so
many minutes, and again in each of so many weeks. Without the parameter there are none; a failed read changes nothing
that is known.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field, TypeAdapter

PARAMETER = "hub/spare-windows"
READ_SECONDS = 60.0
MOST_PLACES = 1000  # as many as the setting may have
_WEEK = timedelta(days=7)

log = logging.getLogger("swarm_hub.spare_windows")

Row = tuple[
    AwareDatetime,
    Annotated[int, Field(ge=1, le=7 * 24 * 60)],
    Annotated[int, Field(ge=1, le=1000)],
    Annotated[int, Field(ge=1)],
]
_ROWS = TypeAdapter(list[Row])


class SpareWindows:
    """What was last read. ``places`` may take as long as a call of AWS; it is for threads."""

    def __init__(
        self,
        read: Callable[[], str | None] = lambda: None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._now = now
        self._clock = clock
        self._rows: list[Row] = []
        self._next_read = float("-inf")
        self._complained = ""

    def places(self) -> int:
        """Return how many places the timetable wants kept free now; 0 while no class does."""
        self._renew()
        now = self._now()
        wanted = (
            places for start, minutes, weeks, places in self._rows if _holds(now - start, minutes, weeks)
        )
        return min(MOST_PLACES, max(wanted, default=0))

    def _renew(self) -> None:
        if self._clock() < self._next_read:
            return
        try:
            value = self._read()
            self._rows = [] if value is None else _ROWS.validate_json(value)
            self._complained = ""
        except Exception as error:  # AWS is away, or the value is damaged: what is known stays
            if str(error) != self._complained:
                log.warning("the timetable's spare places are not known: %s", error)
            self._complained = str(error)
        self._next_read = self._clock() + READ_SECONDS


def _holds(since: timedelta, minutes: int, weeks: int) -> bool:
    return since >= timedelta() and since // _WEEK < weeks and since % _WEEK < timedelta(minutes=minutes)
