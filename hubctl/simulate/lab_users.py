"""The users of the Lab: the balancer sends them to an instance in turn, whose agent looks after them.

A full or nearly full instance sends a user's browser on to another one, a few times at once; who finds no place then tries
again later. Instances beyond the desired ones, which people keep in service, send users on too. A hub that sees few places
left after a start asks for instances itself, without waiting for the alarm. Older stacks do neither.
"""

import math
from collections import defaultdict, deque
from dataclasses import replace
from typing import Any

from hubctl.scaling.alarms import Alarm
from hubctl.scaling.engine import Trigger
from hubctl.scaling.policies import Policy
from hubctl.simulate.events import Queue
from hubctl.simulate.fleet import FREE_METRIC, scaling_metric
from hubctl.simulate.machines import SimulatedMachine
from hubctl.simulate.rounds import AgentRounds
from hubctl.simulate.users import Users

# How often a browser is sent on, by lab_hub.sending_on
SENT_ON_SURPLUS, SENT_ON_FULL = 3, 6
FORESIGHT_SECONDS = 60.0  # by lab_hub.spare: as many users come next as came in that time


class LabUsers(Users):
    """Each instance has its own hub; who finds no place tries again until their patience is over."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._metric = scaling_metric(self.model)
        self._free_metric = None if self._metric is None else replace(self._metric, name=FREE_METRIC)
        self._counts_free = any(
            self._free_metric in (alarm.metric, *(query.metric for query in alarm.queries))
            for alarm in self.model.alarms
        )
        self._spare = self._spare_policy()
        # The last places of an instance are for those who find no other
        self._last_ones = min(self.model.spare_places, self.model.places // 4) if self.model.packs else 0
        self._quick: set[str] = set()  # machines whose hub looks at its places in a moment
        self._lately: defaultdict[str, deque[float]] = defaultdict(deque)  # starts of the last minute
        self._turn = 0
        free = self._free_metric if self._counts_free else None
        self._rounds = AgentRounds(self.fleet, self.assumptions.agent_period, self._metric, free)
        self.fleet.agents, self.fleet.protection = self._rounds.collect, self._protect
        self._again = Queue(self.assumptions.retry, self._try_again)
        self._most_tries = math.ceil(self.assumptions.patience / self.assumptions.retry)
        self.schedule.again, self.schedule.tries = self._again, self._tries
        self.fleet.places.changing = self._wake

    def try_to_start(self, number: int) -> None:
        """Ask the next instance in turn; come back later when it is full or there is none."""
        if not self._asked(number):
            now = self.schedule.now
            self._again.add(number, now)
            self.schedule.at(now + self._most_tries * self.assumptions.retry, self._give_up, number)

    def _asked(self, number: int) -> bool:
        places = self.fleet.places
        if not len(places):
            return False
        if not places.free:  # whichever it asks is full
            self._turn += 1
            return False
        surplus = places.surplus_from(self.fleet.group.desired) if self.model.packs else math.inf
        for sent in range(SENT_ON_FULL + 1 if self.model.packs and places.free else 1):
            self._turn += 1
            machine = places.at_turn(self._turn)
            welcome = machine.serial < surplus and machine.free > self._last_ones
            if machine.free > 0 and (welcome or sent >= SENT_ON_SURPLUS):
                self.start_on(number, machine)
                self._react(machine)
                return True
        return False

    def _spare_policy(self) -> tuple[Policy, Alarm] | None:
        """Return the policy that keeps places free, with its alarm."""
        if not (self.model.packs and self.model.spare_places and self._counts_free):
            return None
        alarms = [alarm for alarm in self.model.alarms if alarm.metric == self._free_metric]
        policies = {policy.name: policy for policy in self.model.policies}
        found = [
            (policies[action], alarm) for alarm in alarms for action in alarm.actions if action in policies
        ]
        return found[0] if found else None

    def _react(self, machine: SimulatedMachine) -> None:
        """Let the hub of a machine look, in a moment, whether few places are left after a start."""
        if self._spare is None:
            return
        self._lately[machine.id].append(self.schedule.now)
        if machine.id not in self._quick:
            self._quick.add(machine.id)
            self.schedule.after(self.assumptions.quick_period, self._looks, machine)

    def _looks(self, machine: SimulatedMachine) -> None:
        self._quick.discard(machine.id)
        starts = self._lately[machine.id]
        while starts and starts[0] < self.schedule.now - FORESIGHT_SECONDS:
            starts.popleft()
        free = float((machine.free - len(starts)) * len(self.fleet.group.in_service()))
        if self._spare is None or machine.leaving or machine.pooled or free >= self.model.spare_places:
            return
        policy, alarm = self._spare
        self.fleet.carry_out(Trigger(policy=policy, alarm=alarm, value=free))

    def _try_again(self, number: int) -> None:
        since = self.waiting[number].since
        if self._asked(number):
            self._again.remove(number, since, self.schedule.now)

    def _tries(self) -> None:
        """Let the next one who tries again do so; without a place, none of them until something changes."""
        if self.fleet.places.free:
            self._again.turn()
        else:
            self._again.sleep()

    def _wake(self) -> None:
        """Take note that places change: how often users have tried in vain decides whose turn it is."""
        passed = self._again.wake(self.schedule.now)
        self._turn += passed if len(self.fleet.places) else 0

    def _give_up(self, number: int) -> None:
        user = self.waiting.get(number)
        if user is not None:
            self._again.remove(number, user.since, self.schedule.now)
            self.refuse(number, self.out_of_patience)

    def machine_usable(self, machine: SimulatedMachine) -> None:
        """Let the agent run, from now on once a period."""
        self._rounds.begin(machine, self.schedule.now)

    def machine_leaving(self, machine: SimulatedMachine) -> None:
        """Leave it to the agent's next run, which drains; a machine without a hook is gone by now."""
        machine.drain_began = self.schedule.now
        self.schedule.at(self._rounds.end(machine, self.schedule.now), self._drain, machine)

    def machine_gone(self, machine: SimulatedMachine) -> None:
        """Lose the sessions of a machine that is taken away, or goes to the warm pool; its agent runs no more."""
        self._rounds.end(machine, self.schedule.now)
        super().machine_gone(machine)

    def _protect(self) -> None:
        self._rounds.protect(self.schedule.now)

    def _drain(self, machine: SimulatedMachine) -> None:
        """Run the session agent of a machine that leaves: it goes once it is empty, or at the deadline."""
        if machine.id not in self.fleet.machines or machine.pooled or machine.drain_began is None:
            return
        now = self.schedule.now
        if not machine.sessions or now - machine.drain_began >= self.model.drain_timeout:
            self.fleet.let_go(machine)
        else:
            self.schedule.after(self.assumptions.agent_period, self._drain, machine)
