"""Users of the Lab: the balancer sends each to an instance in turn, and the instance's agent looks after them."""

from typing import Any

from hubctl.simulation.fleet import scaling_metric
from hubctl.simulation.machine import Machine
from hubctl.simulation.users import Users


class LabUsers(Users):
    """A user who is sent to a full instance is turned away there and tries again; the balancer then chooses anew."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._metric = scaling_metric(self.model)
        self._turn = 0

    def try_to_start(self, number: int) -> None:
        """Ask the next instance in turn; come back later when it is full or there is none."""
        if number not in self.waiting or self.give_up(number):
            return
        machines = list(self.fleet.open())
        if machines:
            self._turn += 1
            machine = machines[self._turn % len(machines)]
            if machine.free > 0:
                self.start_on(number, machine)
                return
        self.schedule.after(self.assumptions.retry, lambda: self.try_to_start(number))

    def machine_usable(self, machine: Machine) -> None:
        """Let the agent run, from now on once a period."""
        self.schedule.every(
            self.assumptions.agent_period, lambda: self._agent(machine), first=self.schedule.now
        )

    def machine_leaving(self, machine: Machine) -> None:
        """Leave it to the agent's next run, which drains; a machine without a hook is gone by now."""
        machine.drain_began = self.schedule.now

    def _agent(self, machine: Machine) -> bool:
        """Run the session agent: protect and publish, or drain. Return False once the machine is gone."""
        if machine.id not in self.fleet.machines:
            return False
        if machine.leaving:
            began = self.schedule.now if machine.drain_began is None else machine.drain_began
            if not machine.sessions or self.schedule.now - began >= self.model.drain_timeout:
                self.fleet.let_go(machine)
                return False
            return True
        self.fleet.protect(machine, on=bool(machine.sessions))
        if self._metric is not None:
            self.fleet.publish(self._metric, float(len(machine.sessions)))
        return True
