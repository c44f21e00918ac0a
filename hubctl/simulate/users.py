"""The users of a simulation: they come, wait, work, give up, lose their session and come back.

What differs between the two kinds of stack is in ``hub_users.py`` and ``lab_users.py``.
"""

import itertools
from abc import ABC, abstractmethod
from array import array
from collections import Counter
from dataclasses import dataclass

from hubctl.simulate.columns import Arrival
from hubctl.simulate.events import Schedule
from hubctl.simulate.fleet import SimulatedFleet
from hubctl.simulate.machines import Session, SimulatedMachine
from hubctl.simulate.model import SimulationAssumptions, StackModel


@dataclass(kw_only=True, slots=True)
class Waiting:
    """A user without a server, since ``since``."""

    user: str
    duration: float
    since: float


class Users(ABC):
    """What both kinds of stack have in common. ``waits`` are seconds; the counters are of users."""

    def __init__(
        self,
        *,
        model: StackModel,
        assumptions: SimulationAssumptions,
        schedule: Schedule,
        fleet: SimulatedFleet,
    ) -> None:
        self.model, self.assumptions, self.schedule, self.fleet = model, assumptions, schedule, fleet
        self.waiting: dict[int, Waiting] = {}
        self.waits = array("d")
        self.refusals: Counter[str] = Counter()  # by reason
        self.lost = 0
        self.interrupted = 0
        self.session_seconds = 0.0
        self.sessions = 0  # how many users have a server now
        self._numbers = itertools.count()
        fleet.usable, fleet.leaving, fleet.gone = self.machine_usable, self.machine_leaving, self.machine_gone

    @abstractmethod
    def try_to_start(self, number: int) -> None:
        """Find a place for a user who came just now, or let them wait."""

    @abstractmethod
    def machine_usable(self, machine: SimulatedMachine) -> None:
        """Begin what a machine does once it takes users."""

    @abstractmethod
    def machine_leaving(self, machine: SimulatedMachine) -> None:
        """Do what happens when a machine has to leave, while its hooks hold it."""

    def arrive(self, arrival: Arrival) -> None:
        """Take note of a user who wants a server."""
        self.come(arrival.user, arrival.duration)

    def come(self, user: str, duration: float) -> None:
        """Take note of a user who wants a server for ``duration`` seconds."""
        number = next(self._numbers)
        self.waiting[number] = Waiting(user=user, duration=duration, since=self.schedule.now)
        self.try_to_start(number)

    def start_on(self, number: int, machine: SimulatedMachine) -> None:
        """Give a user who waits a server on a machine."""
        user = self.waiting.pop(number)
        began = self.schedule.now + self.assumptions.spawn
        session = Session(number=number, user=user.user, began=began, ends=began + user.duration)
        machine.sessions[number] = session
        self.sessions += 1
        self._changed(machine)
        self.waits.append(began - user.since)
        self.schedule.at(session.ends, self._end, (machine, session))

    def refuse(self, number: int, reason: str) -> None:
        """Send a user away without a server; the reason is what they ran into."""
        del self.waiting[number]
        self.refusals[reason] += 1

    @property
    def out_of_patience(self) -> str:
        """The reason of those who have waited too long."""
        return f"out of patience after {self.assumptions.patience:g} s"

    def machine_gone(self, machine: SimulatedMachine) -> None:
        """Lose the sessions of a machine that is taken away; their users come back."""
        self.lost += len(machine.sessions)
        self.send_away(machine)

    def send_away(self, machine: SimulatedMachine) -> None:
        """End the sessions of a machine; their users come back after a while for the rest of their time."""
        for session in list(machine.sessions.values()):
            del machine.sessions[session.number]
            self.sessions -= 1
            self._worked(session)
            rest = session.ends - max(self.schedule.now, session.began)
            arrival = Arrival(time=self.schedule.now, user=session.user, duration=max(1.0, rest))
            self.schedule.after(self.assumptions.return_after, self.arrive, arrival)
        self._changed(machine)

    def finish(self) -> None:
        """Count what is still going on; who still waits at the end has not been served."""
        if self.waiting:
            self.refusals["still waiting at the end"] += len(self.waiting)
        for machine in self.fleet.machines.values():
            for session in machine.sessions.values():
                self._worked(session)

    def _end(self, given: tuple[SimulatedMachine, Session]) -> None:
        machine, session = given
        if machine.sessions.pop(session.number, None) is not None:
            self.sessions -= 1
            self._changed(machine)
            self._worked(session)
            self.place_freed()

    def _changed(self, machine: SimulatedMachine) -> None:
        if len(machine.sessions) <= 1:
            machine.turned(self.schedule.now)
        if machine.changes is not None:
            machine.changes.append((self.schedule.now, len(machine.sessions)))
        self.fleet.places.changed(machine)

    def place_freed(self) -> None:  # noqa: B027 - only the hub places users who wait
        """Take note that a user has left."""

    def _worked(self, session: Session) -> None:
        self.session_seconds += max(0.0, min(self.schedule.now, session.ends) - session.began)
