"""Alarms, policies and groups put together: one call a tick, from stored metrics to changed capacities."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hubctl.scaling.alarm_board import AlarmBoard, Evaluation
from hubctl.scaling.alarms import Alarm, State
from hubctl.scaling.decisions import Decision, Trigger, apply, decide
from hubctl.scaling.group import Group
from hubctl.scaling.metrics import Metrics
from hubctl.scaling.policies import Policy, TargetTrackingPolicy
from hubctl.scaling.target_tracking import alarms_of


@dataclass(frozen=True, kw_only=True)
class Tick:
    """What a tick found and decided: all evaluations that were due, and a decision a group."""

    evaluations: list[Evaluation]
    decisions: dict[str, Decision]


class ScalingEngine:
    """Policies by group, and the alarms that set them off by naming them in their actions.

    An alarm's action is a policy's name or an ARN that ends in it, as AWS writes them:
    ``...:autoScalingGroupName/GROUP:policyName/POLICY``.
    """

    def __init__(self) -> None:
        self.board = AlarmBoard()
        self.groups: dict[str, Group] = {}
        self._policies: dict[str, dict[str, Policy]] = {}

    def configure(
        self, groups: Mapping[str, Group], policies: Mapping[str, Iterable[Policy]], alarms: Iterable[Alarm]
    ) -> None:
        """Set groups by name, their policies by the group's name, and alarms; states of known alarms stay."""
        self.groups = dict(groups)
        self._policies = {group: {policy.name: policy for policy in each} for group, each in policies.items()}
        tracking = [
            alarm
            for group in self._policies
            for policy in self._tracking(group)
            for alarm in alarms_of(policy, group)
        ]
        wanted = [*alarms, *tracking]
        for alarm in wanted:
            self.board.put(alarm)
        self.board.keep_only(alarm.name for alarm in wanted)

    def tick(self, now: float, metrics: Metrics) -> Tick:
        """Evaluate the alarms that are due, and set the groups' desired capacities."""
        evaluations = self.board.tick(now, metrics)
        return Tick(evaluations=evaluations, decisions=self._decide(evaluations, now))

    def set_alarm_state(self, name: str, state: State, points: Sequence[float], now: float) -> Tick:
        """Set an alarm's state as SetAlarmState does: actions run when it changes, on ``points`` from its reason data.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html

        Raises:
            KeyError: There is no such alarm.

        """
        evaluation = self.board.set_state(name, state, tuple(points), now)
        return Tick(evaluations=[evaluation], decisions=self._decide([evaluation], now))

    def _decide(self, evaluations: Iterable[Evaluation], now: float) -> dict[str, Decision]:
        triggers: dict[str, list[Trigger]] = {}
        for evaluation in evaluations:
            for group, policy in self._set_off(evaluation):
                triggers.setdefault(group, []).append(
                    Trigger(policy=policy, alarm=evaluation.alarm, value=evaluation.verdict.newest)
                )
        decisions = {}
        for name, set_off in triggers.items():
            scaling_in = [policy.name for policy in self._tracking(name) if not policy.disable_scale_in]
            decision = decide(self.groups[name], set_off, scaling_in, now)
            if decision is not None:
                apply(self.groups[name], decision, now)
                decisions[name] = decision
        return decisions

    def _tracking(self, group: str) -> list[TargetTrackingPolicy]:
        policies = self._policies.get(group, {}).values()
        return [policy for policy in policies if isinstance(policy, TargetTrackingPolicy)]

    def _set_off(self, evaluation: Evaluation) -> list[tuple[str, Policy]]:
        if not evaluation.acts:
            return []
        found = []
        for action in evaluation.alarm.actions:
            for group, policies in self._policies.items():
                name = action.rpartition(":policyName/")[2]
                in_arn = f":autoScalingGroupName/{group}:" in action or action == name
                if in_arn and name in policies and group in self.groups:
                    found.append((group, policies[name]))
        return found
