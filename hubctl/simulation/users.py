"""The users of a simulation: they come, wait, work, give up, lose their session and come back."""

import itertools
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from functools import partial

from hubctl.simulation.arrivals import Arrival
from hubctl.simulation.fleet import Fleet
from hubctl.simulation.machine import Machine, Session
from hubctl.simulation.model import Assumptions, StackModel
from hubctl.simulation.schedule import Schedule


@dataclass(kw_only=True)
class Waiting:
    """A user without a server, since ``since``."""

    user: str
    duration: float
    since: float


class Users(ABC):
    """What both kinds of stack have in common. ``waits`` are seconds; the counters are of users."""

    def __init__(
        self, *, model: StackModel, assumptions: Assumptions, schedule: Schedule, fleet: Fleet
    ) -> None:
        self.model, self.assumptions, self.schedule, self.fleet = model, assumptions, schedule, fleet
        self.waiting: dict[int, Waiting] = {}
        self.waits: list[float] = []
        self.refusals: Counter[str] = Counter()  # by reason
        self.lost = 0
        self.interrupted = 0
        self.session_seconds = 0.0
        self._numbers = itertools.count()
        fleet.usable, fleet.leaving, fleet.gone = self.machine_usable, self.machine_leaving, self.machine_gone

    @abstractmethod
    def try_to_start(self, number: int) -> None:
        """Find a place for a user who waits, or let them go on waiting."""

    @abstractmethod
    def machine_usable(self, machine: Machine) -> None:
        """Begin what a machine does once it takes users."""

    @abstractmethod
    def machine_leaving(self, machine: Machine) -> None:
        """Do what happens when a machine has to leave, while its hooks hold it."""

    @property
    def sessions(self) -> int:
        """How many users have a server now."""
        return sum(len(machine.sessions) for machine in self.fleet.machines.values())

    def arrive(self, arrival: Arrival) -> None:
        """Take note of a user who wants a server."""
        number = next(self._numbers)
        self.waiting[number] = Waiting(user=arrival.user, duration=arrival.duration, since=self.schedule.now)
        self.try_to_start(number)

    def start_on(self, number: int, machine: Machine) -> None:
        """Give a user who waits a server on a machine."""
        user = self.waiting.pop(number)
        began = self.schedule.now + self.assumptions.spawn
        session = Session(number=number, user=user.user, began=began, ends=began + user.duration)
        machine.sessions[number] = session
        self.waits.append(began - user.since)
        self.schedule.at(session.ends, lambda: self._end(machine, session))

    def give_up(self, number: int) -> bool:
        """Let a user go away without a server if their patience is over; return whether they went."""
        user = self.waiting.get(number)
        if user is None or self.schedule.now < user.since + self.assumptions.patience:
            return False
        self.refuse(number, f"out of patience after {self.assumptions.patience:g} s")
        return True

    def refuse(self, number: int, reason: str) -> None:
        """Send a user away without a server; the reason is what they ran into."""
        del self.waiting[number]
        self.refusals[reason] += 1

    def machine_gone(self, machine: Machine) -> None:
        """Lose the sessions of a machine that is taken away; their users come back."""
        self.lost += len(machine.sessions)
        self.send_away(machine)

    def send_away(self, machine: Machine) -> None:
        """End the sessions of a machine; their users come back after a while for the rest of their time."""
        for session in list(machine.sessions.values()):
            del machine.sessions[session.number]
            self._worked(session)
            rest = session.ends - max(self.schedule.now, session.began)
            arrival = Arrival(time=self.schedule.now, user=session.user, duration=max(1.0, rest))
            self.schedule.after(self.assumptions.return_after, partial(self.arrive, arrival))

    def finish(self) -> None:
        """Count what is still going on; who still waits at the end has not been served."""
        if self.waiting:
            self.refusals["still waiting at the end"] += len(self.waiting)
        for machine in self.fleet.machines.values():
            for session in machine.sessions.values():
                self._worked(session)

    def _end(self, machine: Machine, session: Session) -> None:
        if machine.sessions.pop(session.number, None) is not None:
            self._worked(session)
            self.place_freed()

    def place_freed(self) -> None:  # noqa: B027 - only the hub's users are told
        """Take note that somebody has left."""

    def _worked(self, session: Session) -> None:
        self.session_seconds += max(0.0, min(self.schedule.now, session.ends) - session.began)
