"""What the machines of a simulation publish, as CloudWatch shows it: each value some seconds after its own time.

Values are kept by minute, as alarms ask for whole minutes. So neither a year of minutes nor many machines make it slow.
"""

import math
from collections import deque
from collections.abc import Sequence

from hubctl.scaling.metrics import MINUTE, MetricId, Sample, aggregate
from hubctl.scaling.quick_alarms import DelayedMetrics

KEPT_MINUTES = 3000  # alarms look back over a day at most


class MetricValues:
    """The values of a metric, by the number of the step (a minute, as a rule) in which their time lies."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.values: dict[int, list[float]] = {}

    def add(self, time: float, value: float) -> None:
        """Let a value be seen."""
        number = int(time // self.step)
        known = self.values.get(number)
        if known is None:
            self.values[number] = [value]
        else:
            known.append(value)

    def between(self, start: float, end: float) -> Sequence[float]:
        """Return the values with ``start <= time < end``, which are whole steps."""
        step = self.step
        first = int(start // step)
        if end - start == step:
            return self.values.get(first, ())
        steps = range(first, int(end // step))
        return [value for number in steps for value in self.values.get(number, ())]

    def statistic(self, start: float, end: float, statistic: str) -> float | None:
        """Return a statistic of the values with ``start <= time < end``; None without any."""
        values = self.between(start, end)
        if not values:
            return None
        if statistic == "Average":
            return math.fsum(values) / len(values)
        if statistic == "Sum":
            return math.fsum(values)
        return aggregate([Sample(start, value) for value in values], statistic)


class SimulatedMetrics(DelayedMetrics):
    """The values by metric; ``delay`` seconds pass until a value is seen."""

    def __init__(self, delay: float, step: float = MINUTE) -> None:
        self.delay = delay
        self._step = step
        self._coming: deque[tuple[float, MetricId, Sequence[float]]] = deque()
        self._series: dict[MetricId, MetricValues] = {}
        self._purged = 0.0

    def publish(self, metric: MetricId, time: float, values: Sequence[float]) -> None:
        """Publish values at a time not before that of the last ones; they are seen after the delay."""
        self._coming.append((time, metric, values))

    def collect(self, now: float) -> None:
        """Let everything be seen that was published more than the delay before ``now``."""
        coming = self._coming
        while coming and coming[0][0] + self.delay < now:
            time, metric, values = coming.popleft()
            series = self.series(metric)
            for value in values:
                series.add(time, value)
        if now > self._purged + KEPT_MINUTES * MINUTE:
            self._purge(now)

    def series(self, metric: MetricId) -> MetricValues:
        """Return the values of a metric, those that come later included."""
        return self._series.setdefault(metric, MetricValues(self._step))

    def samples(self, metric: MetricId, start: float, end: float) -> Sequence[Sample]:
        """Return the values with ``start <= time < end``, which are whole steps, as if all were of the start."""
        return [Sample(start, value) for value in self.series(metric).between(start, end)]

    def _purge(self, now: float) -> None:
        """Forget what no alarm looks back at."""
        self._purged = now
        for series in self._series.values():
            oldest = (now - KEPT_MINUTES * MINUTE / 2) // series.step
            for number in [number for number in series.values if number < oldest]:
                del series.values[number]
