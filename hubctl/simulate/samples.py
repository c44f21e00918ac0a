"""What the machines of a simulation publish, as CloudWatch shows it: each value some seconds after its own time.

Values are kept by minute, as alarms ask for whole minutes. So neither a year of minutes nor many machines make it slow.
"""

import math
from collections import deque
from collections.abc import Callable, Sequence

from hubctl.scaling.metrics import MINUTE, MetricId, Sample, aggregate
from hubctl.scaling.quick_alarms import DelayedMetrics

KEPT_MINUTES = 3000  # alarms look back over a day at most


class SimulatedMetrics(DelayedMetrics):
    """The values by metric and minute; ``delay`` seconds pass until a value is seen.

    ``window`` names the metric whose values :meth:`average` tells.
    """

    def __init__(self, delay: float, step: float = MINUTE, window: MetricId | None = None) -> None:
        self.delay = delay
        self._step = step
        self._coming: deque[tuple[float, MetricId, Sequence[float]]] = deque()
        self._steps: dict[MetricId, dict[int, list[float]]] = {}
        self._window, self._windows = window, dict[int, list[float]]()
        self._purged = 0

    def publish(self, metric: MetricId, time: float, values: Sequence[float]) -> None:
        """Publish values at a time not before that of the last ones; they are seen after the delay."""
        self._coming.append((time, metric, values))

    def collect(self, now: float) -> None:
        """Let everything be seen that was published more than the delay before ``now``."""
        coming = self._coming
        while coming and coming[0][0] + self.delay < now:
            time, metric, values = coming.popleft()
            add = self.adder(metric)
            for value in values:
                add(time, value)
        if now > self._purged + KEPT_MINUTES * MINUTE:
            self._purge(now)

    def adder(self, metric: MetricId) -> Callable[[float, float], None]:
        """Return the function that lets a value of a metric be seen, given its time."""
        step, steps = self._step, self._steps.setdefault(metric, {})
        windows = self._windows if metric == self._window else None
        delay = self.delay

        def add(time: float, value: float) -> None:
            number = int(time // step)
            if number in steps:
                steps[number].append(value)
            else:
                steps[number] = [value]
            if windows is not None:
                windows.setdefault(int((time + delay) // MINUTE), []).append(value)

        return add

    def samples(self, metric: MetricId, start: float, end: float) -> Sequence[Sample]:
        """Return the values with ``start <= time < end``, which are whole steps; each has the time at which its step begins."""
        steps = self._steps.get(metric, {})
        numbers = range(int(start // self._step), int(end // self._step))
        return [Sample(number * self._step, value) for number in numbers for value in steps.get(number, ())]

    def statistic(self, metric: MetricId, start: float, end: float, statistic: str) -> float | None:
        """Return a statistic of the values with ``start <= time < end``, which are whole steps."""
        steps = self._steps.get(metric)
        if not steps:
            return None
        first, last = int(start // self._step), int(end // self._step)
        values = steps.get(first, ()) if last == first + 1 else _joined(steps, first, last)
        if not values:
            return None
        if statistic == "Average":
            return math.fsum(values) / len(values)
        if statistic == "Sum":
            return math.fsum(values)
        return aggregate([Sample(start, value) for value in values], statistic)

    def average(self, now: float) -> float | None:
        """Return the average of what was published in the minute that ended the delay before ``now``, a full minute."""
        values = self._windows.pop(int(now // MINUTE) - 1, None)
        return math.fsum(values) / len(values) if values else None

    def _purge(self, now: float) -> None:
        """Forget what no alarm looks back at."""
        self._purged = int(now)
        oldest = int((now - KEPT_MINUTES * MINUTE / 2) // self._step)
        for steps in self._steps.values():
            for number in [number for number in steps if number < oldest]:
                del steps[number]


def _joined(steps: dict[int, list[float]], first: int, last: int) -> list[float]:
    return [value for number in range(first, last) for value in steps.get(number, ())]
