"""The loop that evaluates alarms and scales groups, in every account and region that has some."""

import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends

from hubctl.scaling.alarms import Alarm, AlarmEvaluation
from hubctl.scaling.engine import ScalingEngine, Tick
from hubctl.trial.aws.extensions.scheduled_actions import acted_until, due_until
from hubctl.trial.aws.scaling.machines import Activities, Machines
from hubctl.trial.aws.scaling.reading import Clock, StoredMetrics, alarm_of, policy_of

LONGEST_PAUSE = 2.0  # real seconds
_log = logging.getLogger(__name__)


class RegionScaling:
    """Alarms, policies and groups of one account and region. Not safe for threads by itself: see :class:`ScalingLoop`."""

    def __init__(self, autoscaling: Any, cloudwatch: Any, clock: Clock) -> None:
        self._autoscaling = autoscaling
        self._cloudwatch = cloudwatch
        self._clock = clock
        self._metrics = StoredMetrics(clock)
        self._engine = ScalingEngine()
        self._machines: dict[str, Machines] = {}
        self._refused: set[str] = set()
        self._shown: dict[str, str] = {}
        acted_until(autoscaling, clock.now())
        self.activities = Activities()

    def serves(self, autoscaling: Any) -> bool:
        """Tell whether this is still the backend; a reset of moto makes new ones."""
        return self._autoscaling is autoscaling

    def machines(self, moto_group: Any) -> Machines:
        """Return the group's machines, in step with what moto holds."""
        known = self._machines.get(moto_group.name)
        if known is None or not known.serves(moto_group):
            known = Machines(moto_group, self.activities, self._clock)
            self._machines[moto_group.name] = known
        known.sync()
        return known

    def tick(self) -> None:
        """Evaluate what is due, decide, and carry it out."""
        groups = dict(self._autoscaling.autoscaling_groups)
        machines = {name: self.machines(group) for name, group in groups.items()}
        for name in set(self._machines) - set(groups):
            del self._machines[name]
        self._act_on_schedule(machines)
        self._configure(machines)
        self._metrics.refresh(self._cloudwatch.metric_data)
        ticks = [*self._set_by_hand(), self._engine.tick(self._clock.now(), self._metrics)]
        for evaluation in ticks[-1].evaluations:
            self._show(evaluation)
        for name, decision in (
            (name, decision) for tick in ticks for name, decision in tick.decisions.items()
        ):
            _log.info("group %s: %s", name, decision.reason)
            self.activities.add(groups[name], "Changing the desired capacity", decision.reason)
        for each in machines.values():
            each.carry_out()

    def execute(self, name: str, policy: str, **request: Any) -> None:
        """Carry out one policy of a group, as ExecutePolicy asks for; the errors are those of the engine."""
        machines = {
            name: self.machines(group) for name, group in self._autoscaling.autoscaling_groups.items()
        }
        self._configure(machines)
        decision = self._engine.execute(name, policy, self._clock.now(), **request)
        if decision is not None:
            _log.info("group %s: %s", name, decision.reason)
            self.activities.add(
                self._autoscaling.autoscaling_groups[name], "Changing the desired capacity", decision.reason
            )
            machines[name].carry_out()

    def _act_on_schedule(self, machines: dict[str, Machines]) -> None:
        """Carry out the scheduled actions that have fallen due since the last round."""
        until = self._clock.now()
        for name, each in machines.items():
            for action in due_until(self._autoscaling, name, until):
                _log.info("group %s: scheduled action %s", name, action.name)
                each.act(action)
        acted_until(self._autoscaling, until)

    def _configure(self, machines: dict[str, Machines]) -> None:
        alarms = [alarm for alarm in map(self._alarm, list(self._cloudwatch.alarms.values())) if alarm]
        policies: dict[str, list[Any]] = {name: [] for name in machines}
        for policy in list(self._autoscaling.policies.values()):
            engine_policy = self._converted(policy_of, policy)
            if engine_policy is not None and policy.auto_scaling_group_name in policies:
                policies[policy.auto_scaling_group_name].append(engine_policy)
        self._engine.configure({name: each.group for name, each in machines.items()}, policies, alarms)

    def _alarm(self, moto_alarm: Any) -> Alarm | None:
        alarm: Alarm | None = self._converted(alarm_of, moto_alarm)
        return alarm

    def _set_by_hand(self) -> Iterator[Tick]:
        """Yield what SetAlarmState leads to: a state is not the one that was shown last."""
        for name, alarm in list(self._cloudwatch.alarms.items()):
            if name in self._shown and alarm.state_value != self._shown[name]:
                self._shown[name] = alarm.state_value
                data = json.loads(alarm.state_reason_data or "{}")
                points = [float(point) for point in data.get("recentDatapoints", ())]
                yield self._engine.set_alarm_state(name, alarm.state_value, points, self._clock.now())

    def _converted(self, convert: Any, original: Any) -> Any:
        """Convert, or say once why this one cannot take part."""
        try:
            return convert(original)
        except (ValueError, KeyError, TypeError) as error:
            if original.name not in self._refused:
                self._refused.add(original.name)
                _log.warning("%s does not take part in scaling: %s", original.name, error)
            return None

    def _show(self, evaluation: AlarmEvaluation) -> None:
        """Set the state of moto's alarm, as CloudWatch would; alarms of target tracking have no moto alarm."""
        name, verdict = evaluation.alarm.name, evaluation.verdict
        moto_alarm = self._cloudwatch.alarms.get(name)
        self._shown[name] = verdict.state
        if moto_alarm is None or moto_alarm.state_value == verdict.state:
            return
        _log.info("alarm %s: %s to %s: %s", name, evaluation.before, verdict.state, verdict.reason)
        data = {
            "version": "1.0",
            "recentDatapoints": list(verdict.evaluated),
            "threshold": evaluation.alarm.threshold,
        }
        moto_alarm.update_state(verdict.reason, json.dumps(data), verdict.state)


class ScalingLoop:
    """All regions, one lock: requests and the loop change groups by turns."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self._regions: dict[tuple[str, str], RegionScaling] = {}

    def region(self, autoscaling: Any) -> RegionScaling:
        """Return the region of an auto scaling backend."""
        key = (autoscaling.account_id, autoscaling.region_name)
        known = self._regions.get(key)
        if known is None or not known.serves(autoscaling):
            cloudwatch = cloudwatch_backends[key[0]][key[1]]
            known = self._regions[key] = RegionScaling(autoscaling, cloudwatch, self.clock)
        return known

    def tick(self) -> None:
        """Do one round over all accounts and regions."""
        with self.lock:
            for regions in list(autoscaling_backends.values()):
                for autoscaling in list(regions.values()):
                    self.region(autoscaling).tick()

    def run(self, stop: threading.Event) -> None:
        """Go round until ``stop`` is set; what fails is logged, and tried again at the next round."""
        pause = min(LONGEST_PAUSE, self.clock.real_seconds(5))
        while not stop.wait(pause):
            try:
                self.tick()
            except Exception:
                _log.exception("a round of scaling failed")
