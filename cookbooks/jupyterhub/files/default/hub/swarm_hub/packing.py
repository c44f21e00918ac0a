"""Which worker a server starts on: the fullest one with room, so that the others empty and can leave. Pure.

Swarm only spreads: https://docs.docker.com/engine/swarm/services/#placement-preferences. A hub that lets it do so has its
users on all workers alike, and none of these ever empties.

One worker at a time takes no new starts, as long as another one in use has room: the one that has been the emptiest of
those in use for long. Without this two workers that empty would take the last users in turn, and neither would leave.
Servers are never moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Longer than the pause between two classes, so that a worker does not retire during it; short against a working day.
LONG_SECONDS = 1800.0


@dataclass(frozen=True, kw_only=True)
class Bin:
    """A worker that takes users, in places for servers of one size; ``free`` is without those promised already."""

    name: str
    places: int
    free: int

    @property
    def share(self) -> float:
        """How full it is, 0 to 1."""
        return 1 - self.free / self.places if self.places else 1.0

    @property
    def empty(self) -> bool:
        """Whether nobody works there, or is about to."""
        return self.free >= self.places


def in_order(bins: Iterable[Bin], retiring: str = "") -> list[Bin]:
    """Return the workers in the order in which they are filled: the fullest first, empty ones last.

    ``retiring`` comes after the others in use. It comes before the empty ones, each of which may leave in its place.
    """
    return sorted(bins, key=lambda one: (one.empty, one.name == retiring, -one.share, one.free, one.name))


def fullest(bins: Iterable[Bin], retiring: str = "") -> Bin | None:
    """Return the worker for the next server, None when none has room."""
    return next((one for one in in_order(bins, retiring) if one.free > 0), None)


class Retirement:
    """Remembers which worker has been the emptiest in use, and since when. A restarted hub begins anew."""

    def __init__(self, seconds: float = LONG_SECONDS) -> None:
        self._seconds = seconds
        self._candidate = ""
        self._since = 0.0
        self._retiring = ""

    def look(self, bins: Sequence[Bin], now: float) -> str:
        """Return the worker that takes no new starts while another one in use has room, nothing when there is none."""
        used = [one for one in bins if not one.empty]
        if self._retiring and all(one.name != self._retiring for one in used):
            self._retiring = ""  # it has emptied, or is gone
        if len(used) < 2:
            self._candidate = self._retiring = ""
            return ""
        if not self._retiring:
            least = min(one.share for one in used)
            names = [one.name for one in in_order(used) if one.share == least]
            if self._candidate not in names:
                self._candidate, self._since = names[-1], now
            if now - self._since >= self._seconds:
                self._retiring = self._candidate
        return self._retiring

    def placed(self, name: str) -> None:
        """Take note that a server starts there. The others were full, so this worker is needed after all."""
        if name == self._retiring:
            self._candidate = self._retiring = ""


def kept_for_spare(bins: Iterable[Bin], spare: int, retiring: str = "") -> frozenset[str]:
    """Return the empty workers that must stay so that ``spare`` places are free: those that are filled first.

    The free places of workers in use count, because these stay anyway.
    """
    ordered = in_order(bins, retiring)
    free = sum(one.free for one in ordered if not one.empty)
    kept = set()
    for one in ordered:
        if one.empty and free < spare and one.free > 0:
            kept.add(one.name)
            free += one.free
    return frozenset(kept)
