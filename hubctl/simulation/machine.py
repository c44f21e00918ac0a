"""An instance as a simulation imagines it: when users can work on it, and who does."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Session:
    """A user's server; ``number`` tells it from earlier ones of the same user, ``ends`` is when the user stops it."""

    number: int
    user: str
    began: float
    ends: float


@dataclass(kw_only=True)
class Machine:
    """An instance with ``places``; ``usable`` is when its hub answers or its worker takes users."""

    id: str
    launched: float
    usable: float
    places: int
    sessions: dict[int, Session] = field(default_factory=dict)
    leaving: bool = False
    drain_began: float | None = None

    def open(self, now: float) -> bool:
        """Tell whether users are sent here."""
        return now >= self.usable and not self.leaving

    @property
    def free(self) -> int:
        """How many more users fit."""
        return self.places - len(self.sessions)
