"""Alarms for simulations: evaluated as on :class:`~hubctl.scaling.alarms.AlarmBoard`, over a year of minutes in seconds.

What is quick about it: of the data points of an alarm only those are reckoned anew that may have changed since the last
evaluation, and nothing is put into words. Evaluations that set off no action are not told.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from hubctl.scaling.alarms import Alarm, AlarmBoard, AlarmEvaluation, AlarmVerdict, alarm_verdict
from hubctl.scaling.metrics import MetricId, Metrics, Sample


class DelayedMetrics(ABC):
    """Metrics whose values are seen ``delay`` seconds after their time, and never later."""

    delay: float

    @abstractmethod
    def samples(self, metric: MetricId, start: float, end: float) -> Sequence[Sample]:
        """Return the values with ``start <= time < end``."""

    @abstractmethod
    def statistic(self, metric: MetricId, start: float, end: float, statistic: str) -> float | None:
        """Return a statistic of the values with ``start <= time < end``."""


class _Watch:
    """An alarm with the data points of its last evaluation, oldest first."""

    def __init__(self, alarm: Alarm) -> None:
        self.alarm = alarm
        self.points: list[float | None] = []
        self.breaching: list[bool] = []
        self.missing = 0
        self._end = self._seen_until = -math.inf
        self._math = alarm.math if alarm.expression else None

    def look(self, now: float, metrics: DelayedMetrics) -> None:
        """Reckon the data points of the evaluation range, which ends at the last full minute."""
        alarm = self.alarm
        end, period, length = now // alarm.every * alarm.every, alarm.period, alarm.evaluation_range
        first = 0
        if self._end == end - period and len(self.points) == length:
            del self.points[0], self.breaching[0]
            # Those that ended before everything was seen may have changed
            first = length - 1 - max(0, math.ceil((self._end - self._seen_until) / period))
            first = max(0, first)
        del self.points[first:], self.breaching[first:]
        for place in range(first, length):
            point = self._point(end - period * (length - place), metrics)
            self.points.append(point)
            self.breaching.append(point is not None and alarm.breaches(point))
        self.missing = self.points.count(None)
        self._end, self._seen_until = end, now - metrics.delay

    def _point(self, start: float, metrics: DelayedMetrics) -> float | None:
        alarm, end = self.alarm, start + self.alarm.period
        if self._math is None:
            return metrics.statistic(alarm.metric, start, end, alarm.statistic)
        return self._math.value(
            {
                query.id: metrics.statistic(query.metric, start, end, query.statistic)
                for query in alarm.queries
            }
        )


class QuickAlarmBoard(AlarmBoard):
    """Keeps the alarms' states; quick with :class:`DelayedMetrics`."""

    def __init__(self, alarms: Iterable[Alarm] = ()) -> None:
        self._watches: dict[str, _Watch] = {}
        super().__init__(alarms)

    def put(self, alarm: Alarm) -> None:
        """Add an alarm, or change it."""
        super().put(alarm)
        self._watches[alarm.name] = _Watch(alarm)

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget every alarm that is not named."""
        super().keep_only(names)
        self._watches = {name: watch for name, watch in self._watches.items() if name in self._alarms}

    def tick(self, now: float, metrics: Metrics) -> list[AlarmEvaluation]:
        """Evaluate every alarm whose turn has come; return the evaluations whose actions run."""
        if not isinstance(metrics, DelayedMetrics):
            return [evaluation for evaluation in super().tick(now, metrics) if evaluation.acts]
        acting = []
        for name, watch in self._watches.items():
            alarm = watch.alarm
            if not self._due(alarm, now):
                continue
            watch.look(now, metrics)
            before, periods = self._states[name], alarm.evaluation_periods
            self._evaluated[name] = now
            if watch.missing:
                verdict = alarm_verdict(alarm, watch.points, before)
            elif sum(watch.breaching[-periods:]) < alarm.needed:
                self._states[name] = "OK"
                self._acted.pop(name, None)
                continue
            else:
                evaluated = tuple(point for point in watch.points[-periods:] if point is not None)
                verdict = AlarmVerdict(state="ALARM", reason="", evaluated=evaluated)
            self._states[name] = verdict.state
            if self._acts(alarm, verdict, before, now):
                acting.append(
                    AlarmEvaluation(alarm=alarm, time=now, before=before, verdict=verdict, acts=True)
                )
        return acting
