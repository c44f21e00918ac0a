"""Which machine takes the next user: in turn, the emptiest, or the fullest one with room.

Machines are kept by their number of free places, so that neither many users nor many machines make a choice slow.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hubctl.simulate.machines import SimulatedMachine


class Places:
    """The machines that take users, by ``serial``: the order in which they were launched."""

    def __init__(self, each: int) -> None:
        self._machines: dict[int, SimulatedMachine] = {}
        self._order: list[int] = []
        self._by_free: list[list[int]] = [[] for _ in range(each + 1)]
        self._free: dict[int, int] = {}
        self.free = 0
        self.changing: Callable[[], None] = lambda: (
            None
        )  # called before machines, or the first free place, come or go

    def __len__(self) -> int:
        return len(self._order)

    def add(self, serial: int, machine: SimulatedMachine) -> None:
        """Let a machine take users from now on."""
        self.changing()
        self._machines[serial] = machine
        insort(self._order, serial)
        self._free[serial] = machine.free
        insort(self._by_free[machine.free], serial)
        self.free += machine.free

    def remove(self, serial: int) -> None:
        """Let a machine take no more users."""
        if serial not in self._machines:
            return
        self.changing()
        del self._machines[serial]
        del self._order[bisect_left(self._order, serial)]
        free = self._free.pop(serial)
        self._forget(serial, free)
        self.free -= free

    def changed(self, machine: SimulatedMachine) -> None:
        """Take note that a user came to a machine or left it."""
        before = self._free.get(machine.serial)
        if before is None or before == machine.free:
            return
        if not self.free:
            self.changing()
        self._forget(machine.serial, before)
        insort(self._by_free[machine.free], machine.serial)
        self._free[machine.serial] = machine.free
        self.free += machine.free - before

    def _forget(self, serial: int, free: int) -> None:
        bucket = self._by_free[free]
        del bucket[bisect_left(bucket, serial)]

    def at_turn(self, turn: int) -> SimulatedMachine:
        """Return the machine whose turn it is."""
        return self._machines[self._order[turn % len(self._order)]]

    def surplus_from(self, wanted: int) -> float:
        """Return the serial from which on machines are more than ``wanted``: the last ones, never all of them."""
        order = self._order
        return order[max(1, wanted)] if len(order) > max(1, wanted) else math.inf

    def emptiest(self) -> SimulatedMachine | None:
        """Return the machine with the most free places, of several the one launched first; None when all are full."""
        for bucket in reversed(self._by_free[1:]):
            if bucket:
                return self._machines[bucket[0]]
        return None

    def fullest(self, retiring: int = 0) -> SimulatedMachine | None:
        """Return the fullest machine with room: ``retiring`` only if no other in use has any, an empty one last."""
        for bucket in self._by_free[1:-1]:
            for serial in bucket:
                if serial != retiring:
                    return self._machines[serial]
        if retiring in self._machines and 0 < self._free[retiring] < len(self._by_free) - 1:
            return self._machines[retiring]
        empty = self._by_free[-1]
        return self._machines[empty[0]] if empty else None

    def emptiest_in_use(self) -> int:
        """Return the serial of the emptiest machine that holds users, 0 when fewer than two do."""
        used = len(self._order) - len(self._by_free[-1])
        if used < 2:
            return 0
        for bucket in reversed(self._by_free[:-1]):
            if bucket:
                return bucket[-1]
        return 0

    def empty(self) -> list[SimulatedMachine]:
        """Return the machines without users, in the order in which they are filled."""
        return [self._machines[serial] for serial in self._by_free[-1]]
