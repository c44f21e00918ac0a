"""CloudWatch metric alarms: which state follows from which data points, and when alarms are evaluated and act.

Missing data points are included. The rules are those of "Configuring how CloudWatch alarms treat missing data" and "Avoiding
premature transitions to alarm state", both at
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, and of "Alarm evaluation":
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hubctl.scaling.metric_math import MetricMath
from hubctl.scaling.metrics import MetricId, Metrics, MetricStore, aggregate

AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Treatment = Literal["missing", "ignore", "breaching", "notBreaching"]
AlarmComparison = Literal[
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
]
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
# How many data points more than the evaluation periods CloudWatch retrieves depends, says AWS, on period and
# resolution, and it gives no number. Its worked examples have 5 for 3, so two more are taken here.
EXTRA_DATAPOINTS = 2
DAY = 86_400
REPEAT_SECONDS = 60


_math = functools.lru_cache(64)(MetricMath)


@dataclass(frozen=True, kw_only=True)
class MetricQuery:
    """A metric that an expression knows by ``id``."""

    id: str
    metric: MetricId
    statistic: str = "Average"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A metric alarm.

    ``period`` is in seconds; ``datapoints`` (M) of the last ``evaluation_periods`` (N) must breach. ``actions`` are ARNs
    or names of scaling policies, carried out in state ALARM. With an ``expression`` over ``queries`` its values are the
    data points; ``metric`` is then the first of them.

    Raises:
        ValueError: The alarm is one that PutMetricAlarm would refuse.

    """

    name: str
    metric: MetricId
    comparison: AlarmComparison
    threshold: float
    period: int = 60
    evaluation_periods: int = 1
    datapoints: int | None = None
    statistic: str = "Average"
    missing: Treatment = "missing"
    actions: tuple[str, ...] = ()
    actions_enabled: bool = True
    queries: tuple[MetricQuery, ...] = ()
    expression: str = ""

    def __post_init__(self) -> None:
        if self.expression:
            unknown = sorted(self.math.ids - {query.id for query in self.queries})
            if unknown:
                raise ValueError(
                    f"alarm {self.name}: {self.expression!r} names no metric {', '.join(unknown)}"
                )
        if self.comparison not in COMPARISONS:
            raise ValueError(f"alarm {self.name}: {self.comparison} is not a comparison with a threshold")
        if not 1 <= self.needed <= self.evaluation_periods:
            raise ValueError(
                f"alarm {self.name}: {self.needed} of {self.evaluation_periods} data points cannot breach"
            )
        if self.period < 1 or (self.period % 60 and self.period not in (1, 5, 10, 20, 30)):
            raise ValueError(f"alarm {self.name}: CloudWatch has no period of {self.period} s")
        if self.period * self.evaluation_periods > DAY and self.period < 3600:
            raise ValueError(f"alarm {self.name}: it would look back over more than a day")

    @property
    def math(self) -> MetricMath:
        """The expression; raise ValueError when it is not understood."""
        return _math(self.expression)

    @property
    def needed(self) -> int:
        """M: how many data points must breach."""
        return self.evaluation_periods if self.datapoints is None else self.datapoints

    @property
    def evaluation_range(self) -> int:
        """How many of the most recent data points are retrieved."""
        return self.evaluation_periods + EXTRA_DATAPOINTS

    @property
    def every(self) -> int:
        """Seconds between evaluations: a minute, or ten seconds for a high-resolution alarm (page "Alarm evaluation")."""
        return 60 if self.period >= 60 else 10

    def breaches(self, value: float) -> bool:
        """Tell whether one data point is outside the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True, kw_only=True)
class AlarmVerdict:
    """What an evaluation found. ``evaluated`` holds the real data points it used, oldest first."""

    state: AlarmState
    reason: str
    evaluated: tuple[float, ...] = ()

    @property
    def newest(self) -> float | None:
        """The most recent real data point, or None."""
        return self.evaluated[-1] if self.evaluated else None


def data_points(alarm: Alarm, metrics: Metrics, now: float) -> list[float | None]:
    """Return the data points of the evaluation range, oldest first, None for a missing one.

    The range ends at the last full minute (or ten seconds) before ``now``, whatever the period: an alarm over five minutes that
    was evaluated on minutes 1 to 5 is evaluated on minutes 2 to 6 next (page "Alarm evaluation").
    """
    end = now // alarm.every * alarm.every
    starts = [end - alarm.period * back for back in range(alarm.evaluation_range, 0, -1)]
    if not alarm.expression:
        return [_period(alarm, alarm.metric, alarm.statistic, metrics, start) for start in starts]
    math = alarm.math
    return [
        math.value(
            {
                query.id: _period(alarm, query.metric, query.statistic, metrics, start)
                for query in alarm.queries
            }
        )
        for start in starts
    ]


def _period(alarm: Alarm, metric: MetricId, statistic: str, metrics: Metrics, start: float) -> float | None:
    end = start + alarm.period
    if isinstance(metrics, MetricStore):
        return metrics.statistic(metric, start, end, statistic)
    return aggregate(metrics.samples(metric, start, end), statistic)


def alarm_verdict(alarm: Alarm, points: Sequence[float | None], current: AlarmState) -> AlarmVerdict:
    """Return the state that follows from the evaluation range (oldest first), where ``current`` is the state so far."""
    real = [point for point in points if point is not None]
    if len(real) >= alarm.evaluation_periods:
        real = real[-alarm.evaluation_periods :]  # the treatment of missing data is not needed
    breaching = sum(map(alarm.breaches, real))
    filled = alarm.evaluation_periods - len(real)
    if breaching >= alarm.needed:
        state: AlarmState = "ALARM"
    elif filled and alarm.missing == "breaching":
        state = "ALARM" if breaching + filled >= alarm.needed else "OK"
    elif breaching < len(real) or not filled or alarm.missing == "notBreaching":
        state = "OK"
    else:
        state = _without_good_points(alarm, points, current)
    return AlarmVerdict(state=state, reason=_reason(alarm, real, breaching, filled), evaluated=tuple(real))


def _without_good_points(alarm: Alarm, points: Sequence[float | None], current: AlarmState) -> AlarmState:
    """Decide when there are fewer than M data points, all of them breaching, or none at all.

    Missing data that are ignored keep the state. Otherwise the alarm goes off if the oldest breaching point is at least M
    points old ("premature transitions"), and is short of data if not: the next point may be a good one.
    """
    if alarm.missing == "ignore":
        return current
    oldest = next((len(points) - place for place, point in enumerate(points) if point is not None), 0)
    return "ALARM" if oldest >= alarm.needed else "INSUFFICIENT_DATA"


def _reason(alarm: Alarm, real: Sequence[float], breaching: int, filled: int) -> str:
    """Say it as CloudWatch does: what crossed what."""
    shown = ", ".join(f"{value:g}" for value in reversed(real))
    parts = [f"{breaching} of the last {len(real)} data points [{shown}] breach"] if real else []
    parts += [f"{filled} missing, treated as {alarm.missing}"] if filled else []
    return f"Threshold {alarm.comparison} {alarm.threshold:g}: {'; '.join(parts)} (needed: {alarm.needed})"


def evaluate(alarm: Alarm, metrics: Metrics, now: float, current: AlarmState) -> AlarmVerdict:
    """Evaluate the alarm on the stored metrics at ``now``."""
    return alarm_verdict(alarm, data_points(alarm, metrics, now), current)


@dataclass(frozen=True, kw_only=True)
class AlarmEvaluation:
    """One alarm, evaluated at ``time``: the state before, the verdict, and whether its ALARM actions run now."""

    alarm: Alarm
    time: float
    before: AlarmState
    verdict: AlarmVerdict
    acts: bool

    @property
    def changed(self) -> bool:
        """Whether the state is another one than before."""
        return self.verdict.state != self.before


class AlarmBoard:
    """Keeps the alarms' states. A new alarm starts in INSUFFICIENT_DATA (API reference, PutMetricAlarm)."""

    def __init__(self, alarms: Iterable[Alarm] = ()) -> None:
        self._alarms: dict[str, Alarm] = {}
        self._states: dict[str, AlarmState] = {}
        self._evaluated: dict[str, float] = {}
        self._acted: dict[str, float] = {}
        for alarm in alarms:
            self.put(alarm)

    def put(self, alarm: Alarm) -> None:
        """Add an alarm, or change it; a change leaves its state alone (API reference, PutMetricAlarm)."""
        self._alarms[alarm.name] = alarm
        self._states.setdefault(alarm.name, "INSUFFICIENT_DATA")

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget every alarm that is not named."""
        for name in set(self._alarms) - set(names):
            del self._alarms[name], self._states[name]
            self._evaluated.pop(name, None)
            self._acted.pop(name, None)

    def state(self, name: str) -> AlarmState:
        """Return the alarm's state; raise KeyError when there is no such alarm."""
        return self._states[name]

    def set_state(
        self, name: str, state: AlarmState, points: tuple[float, ...], now: float
    ) -> AlarmEvaluation:
        """Set a state from outside; it lasts until the next evaluation (API reference, SetAlarmState)."""
        alarm, before = self._alarms[name], self._states[name]
        self._states[name] = state
        verdict = AlarmVerdict(state=state, reason="set by hand", evaluated=points)
        acts = state != before and self._acts(alarm, verdict, before, now)
        return AlarmEvaluation(alarm=alarm, time=now, before=before, verdict=verdict, acts=acts)

    def tick(self, now: float, metrics: Metrics) -> list[AlarmEvaluation]:
        """Evaluate every alarm whose turn has come since it was last evaluated."""
        return [
            self._evaluate(alarm, now, metrics) for alarm in self._alarms.values() if self._due(alarm, now)
        ]

    def _due(self, alarm: Alarm, now: float) -> bool:
        last = self._evaluated.get(alarm.name)
        return last is None or now // alarm.every > last // alarm.every

    def _evaluate(self, alarm: Alarm, now: float, metrics: Metrics) -> AlarmEvaluation:
        before = self._states[alarm.name]
        verdict = evaluate(alarm, metrics, now, before)
        self._states[alarm.name] = verdict.state
        self._evaluated[alarm.name] = now
        return AlarmEvaluation(
            alarm=alarm,
            time=now,
            before=before,
            verdict=verdict,
            acts=self._acts(alarm, verdict, before, now),
        )

    def _acts(self, alarm: Alarm, verdict: AlarmVerdict, before: AlarmState, now: float) -> bool:
        if verdict.state != "ALARM" or not alarm.actions_enabled or not alarm.actions:
            self._acted.pop(alarm.name, None)
            return False
        last = self._acted.get(alarm.name)
        due = before != "ALARM" or last is None or now // REPEAT_SECONDS > last // REPEAT_SECONDS
        if due:
            self._acted[alarm.name] = now
        return due
