"""All alarms together: when each is evaluated, what state it is in, and when its actions are carried out.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html: actions happen when the state changes,
with one exception: Auto Scaling actions are repeated once a minute for as long as the alarm stays in its state.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hubctl.scaling.alarms import Alarm, State, Verdict, evaluate
from hubctl.scaling.metrics import Metrics

REPEAT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One alarm, evaluated at ``time``: the state before, the verdict, and whether its ALARM actions run now."""

    alarm: Alarm
    time: float
    before: State
    verdict: Verdict
    acts: bool

    @property
    def changed(self) -> bool:
        """Whether the state is another one than before."""
        return self.verdict.state != self.before


class AlarmBoard:
    """Keeps the alarms' states. A new alarm starts in INSUFFICIENT_DATA (API reference, PutMetricAlarm)."""

    def __init__(self, alarms: Iterable[Alarm] = ()) -> None:
        self._alarms: dict[str, Alarm] = {}
        self._states: dict[str, State] = {}
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

    def state(self, name: str) -> State:
        """Return the alarm's state; raise KeyError when there is no such alarm."""
        return self._states[name]

    def set_state(self, name: str, state: State, points: tuple[float, ...], now: float) -> Evaluation:
        """Set a state from outside; it lasts until the next evaluation (API reference, SetAlarmState)."""
        alarm, before = self._alarms[name], self._states[name]
        self._states[name] = state
        verdict = Verdict(state=state, reason="set by hand", evaluated=points)
        acts = state != before and self._acts(alarm, verdict, before, now)
        return Evaluation(alarm=alarm, time=now, before=before, verdict=verdict, acts=acts)

    def tick(self, now: float, metrics: Metrics) -> list[Evaluation]:
        """Evaluate every alarm whose turn has come since it was last evaluated."""
        return [
            self._evaluate(alarm, now, metrics) for alarm in self._alarms.values() if self._due(alarm, now)
        ]

    def _due(self, alarm: Alarm, now: float) -> bool:
        last = self._evaluated.get(alarm.name)
        return last is None or now // alarm.every > last // alarm.every

    def _evaluate(self, alarm: Alarm, now: float, metrics: Metrics) -> Evaluation:
        before = self._states[alarm.name]
        verdict = evaluate(alarm, metrics, now, before)
        self._states[alarm.name] = verdict.state
        self._evaluated[alarm.name] = now
        return Evaluation(
            alarm=alarm,
            time=now,
            before=before,
            verdict=verdict,
            acts=self._acts(alarm, verdict, before, now),
        )

    def _acts(self, alarm: Alarm, verdict: Verdict, before: State, now: float) -> bool:
        if verdict.state != "ALARM" or not alarm.actions_enabled or not alarm.actions:
            self._acted.pop(alarm.name, None)
            return False
        last = self._acted.get(alarm.name)
        due = before != "ALARM" or last is None or now // REPEAT_SECONDS > last // REPEAT_SECONDS
        if due:
            self._acted[alarm.name] = now
        return due
