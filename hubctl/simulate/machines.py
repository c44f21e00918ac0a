"""A machine of a simulated group, and the sessions of users on it."""

from collections import deque
from dataclasses import dataclass, field

from hubctl.simulate.model import VCPUS


@dataclass(kw_only=True, slots=True)
class Session:
    """A user's server; ``number`` tells it from earlier ones of the same user, ``ends`` is when the user stops it."""

    number: int
    user: str
    began: float
    ends: float


@dataclass(kw_only=True, slots=True)
class SimulatedMachine:
    """An instance with ``places``; ``usable`` is when its hub answers or its worker takes users.

    ``paid_since`` is when it was started, None while it is stopped; ``turns`` are the moments at which the first session
    began or the last one ended, with whether there are sessions from then on. ``type`` is its instance type.

    Of the Lab: ``due`` is when its agent runs next, ``seen`` how many sessions there were when it last did, and ``changes``
    are the numbers of sessions since then with their times; None while no agent runs.
    """

    id: str
    serial: int
    places: int
    usable: float
    paid_since: float | None
    type: str = ""
    vcpus: int = VCPUS
    spot: bool = False
    sessions: dict[int, Session] = field(default_factory=dict)
    leaving: bool = False
    pooled: bool = False
    doomed: bool = False
    drain_began: float | None = None
    generation: int = 0
    due: float = 0.0
    seen: int = 0
    changes: deque[tuple[float, int]] | None = None
    turns: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def free(self) -> int:
        """How many more users fit."""
        return self.places - len(self.sessions)

    def turned(self, now: float) -> None:
        """Take note that the first session began, or that the last one ended."""
        if len(self.turns) > 100:
            del self.turns[:-10]
        self.turns.append((now, bool(self.sessions)))

    def held_sessions(self, moment: float) -> bool:
        """Tell whether there were sessions at a moment a short while ago."""
        for time, held in reversed(self.turns):
            if time <= moment:
                return held
        return not self.turns[0][1] if self.turns else bool(self.sessions)
