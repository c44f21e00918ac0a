"""Alarms for simulations: evaluated as on :class:`~hubctl.scaling.alarms.AlarmBoard`, over a year of minutes in seconds.

What is quick about it: of the data points of an alarm only those are reckoned anew that may have changed since the last
evaluation, and nothing is put into words. Evaluations that set off no action are not told.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from hubctl.scaling.alarms import COMPARISONS, Alarm, AlarmBoard, AlarmEvaluation, AlarmVerdict, alarm_verdict
from hubctl.scaling.metrics import MetricId, Metrics, Sample

MOST_VALUES = 10_000  # of an expression that are remembered


class Series(Protocol):
    """The values of one metric, by the number of the step of so many seconds in which their time lies."""

    step: float
    values: dict[int, list[float]]

    def statistic(self, start: float, end: float, statistic: str) -> float | None:
        """Return a statistic of the values with ``start <= time < end``."""


class DelayedMetrics(ABC):
    """Metrics whose values are seen ``delay`` seconds after their time, and never later."""

    delay: float

    @abstractmethod
    def samples(self, metric: MetricId, start: float, end: float) -> Sequence[Sample]:
        """Return the values with ``start <= time < end``."""

    @abstractmethod
    def series(self, metric: MetricId) -> Series:
        """Return the values of a metric, those that come later included."""


class _Watch:
    """An alarm with the data points of its last evaluation, oldest first, and whether each is breaching."""

    def __init__(self, alarm: Alarm) -> None:
        self.alarm = alarm
        self.points: list[float | None] = []
        self.breaching: list[bool] = []
        self.turn = -math.inf
        self._compare, self._threshold = COMPARISONS[alarm.comparison], alarm.threshold
        self._every, self._period, self._length = alarm.every, alarm.period, alarm.evaluation_range
        self._end = self._seen_until = -math.inf
        # The values that the newest data point is made of, and how many there were
        self._made_of: list[tuple[Series, list[float] | None, int]] = []
        self._metrics: DelayedMetrics | None = None
        self._sources: list[tuple[Series, str]] = []
        self._values: dict[tuple[float | None, ...], float | None] = {}  # of the expression

    def look(self, now: float, metrics: DelayedMetrics) -> None:
        """Reckon the data points of the evaluation range, which ends at the last full minute."""
        if metrics is not self._metrics:
            self._begin(metrics)
        points, breaching, period = self.points, self.breaching, self._period
        end = now // self._every * self._every
        if self._end != end - period:
            points.clear()
            breaching.clear()
        elif points:
            del points[0], breaching[0]
            late = self._end - self._seen_until  # what ended before everything was seen may have changed
            if late > period:
                first = max(0, self._length - 1 - math.ceil(late / period))
                del points[first:], breaching[first:]
            elif late > 0 and self._grown():
                del points[-1], breaching[-1]
        for place in range(len(points), self._length):
            point = self._point(end - period * (self._length - place))
            points.append(point)
            breaching.append(point is not None and self._compare(point, self._threshold))
        number = int((end - period) // period)
        self._made_of = [
            (series, values, len(values) if values else 0)
            for series, _ in self._sources
            for values in (series.values.get(number),)
        ]
        self._end, self._seen_until = end, now - metrics.delay

    def _begin(self, metrics: DelayedMetrics) -> None:
        alarm = self.alarm
        named = alarm.queries if alarm.expression else (alarm,)
        self._metrics = metrics
        self._sources = [(metrics.series(one.metric), one.statistic) for one in named]
        self._end = -math.inf

    def _grown(self) -> bool:
        """Tell whether more values of the newest data point are seen now."""
        number = int((self._end - self._period) // self._period)
        for series, values, count in self._made_of:
            if series.step != self._period:
                return True
            if values is None:
                values = series.values.get(number)
            if values is not None and len(values) != count:
                return True
        return False

    def _point(self, start: float) -> float | None:
        end, alarm = start + self._period, self.alarm
        if not alarm.expression:
            series, statistic = self._sources[0]
            return series.statistic(start, end, statistic)
        values = tuple([series.statistic(start, end, statistic) for series, statistic in self._sources])
        if values not in self._values:
            if len(self._values) > MOST_VALUES:
                self._values.clear()
            named = zip(alarm.queries, values, strict=True)
            self._values[values] = alarm.math.value({query.id: value for query, value in named})
        return self._values[values]


class QuickAlarmBoard(AlarmBoard):
    """Keeps the alarms' states; quick with :class:`DelayedMetrics`.

    ``idle`` tells of an alarm whether nothing could come of it now: then it is looked at later.
    """

    def __init__(self, alarms: Iterable[Alarm] = (), idle: Callable[[Alarm], bool] | None = None) -> None:
        self.idle = idle
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
            turn = now // alarm.every
            if turn <= watch.turn or (self.idle is not None and self.idle(alarm)):
                continue
            watch.turn = turn
            watch.look(now, metrics)
            before, periods = self._states[name], alarm.evaluation_periods
            real, breaching = watch.points, watch.breaching
            if None in real:
                breaching = [each for point, each in zip(real, breaching, strict=True) if point is not None]
                real = [point for point in real if point is not None]
            if len(real) < periods:
                verdict = alarm_verdict(alarm, watch.points, before)
            elif sum(breaching[-periods:]) < alarm.needed:
                if before != "OK":
                    self._states[name] = "OK"
                    self._acted.pop(name, None)
                continue
            else:
                evaluated = tuple([point for point in real[-periods:] if point is not None])
                verdict = AlarmVerdict(state="ALARM", reason="", evaluated=evaluated)
            self._states[name] = verdict.state
            if self._acts(alarm, verdict, before, now):
                acting.append(
                    AlarmEvaluation(alarm=alarm, time=now, before=before, verdict=verdict, acts=True)
                )
        return acting
