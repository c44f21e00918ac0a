"""The engine over simulated minutes, and its decisions: the stories that the EC2 Auto Scaling user guide tells."""

from typing import Any

import pytest

from hubctl.scaling.alarms import Alarm
from hubctl.scaling.engine import (
    CapacityDecision,
    NotExecutedError,
    ScalingEngine,
    Trigger,
    apply_decision,
    decide_capacity,
    execute_policy,
)
from hubctl.scaling.group import ScaledGroup, ScaledGroupSettings
from hubctl.scaling.metrics import MetricId, MetricStore, Sample
from hubctl.scaling.policies import (
    Policy,
    ScalingStep,
    SimplePolicy,
    StepPolicy,
    TargetTrackingPolicy,
)

SESSIONS = MetricId(
    namespace="JupyterHub/Lab", name="UserSessions", dimensions=frozenset({("AutoScalingGroupName", "lab")})
)
ARN = "arn:aws:autoscaling:us-east-1:1:scalingPolicy:x:autoScalingGroupName/lab:policyName/"
UP = StepPolicy(
    name="up",
    adjustment_type="ChangeInCapacity",
    steps=(ScalingStep(lower=0, upper=8, adjustment=1), ScalingStep(lower=8, adjustment=2)),
    warmup=300,
)
DOWN = StepPolicy(
    name="down", adjustment_type="ChangeInCapacity", steps=(ScalingStep(upper=0, adjustment=-1),)
)
ALARMS = [
    Alarm(
        name="high",
        metric=SESSIONS,
        comparison="GreaterThanOrEqualToThreshold",
        threshold=8,
        evaluation_periods=3,
        datapoints=2,
        missing="notBreaching",
        actions=(ARN + "up",),
    ),
    Alarm(
        name="low",
        metric=SESSIONS,
        comparison="LessThanThreshold",
        threshold=3,
        evaluation_periods=15,
        datapoints=15,
        missing="notBreaching",
        actions=(ARN + "down",),
    ),
]


def run(
    sessions: dict[int, float], minutes: int, policies: list[Policy], alarms: list[Alarm]
) -> dict[int, int]:
    """Publish the total of sessions from each minute on; return the desired capacity at each change."""
    group = ScaledGroup(ScaledGroupSettings(name="lab", min_size=1, max_size=4, default_warmup=300))
    engine, store = ScalingEngine(), MetricStore()
    engine.configure({"lab": group}, {"lab": policies}, alarms)
    total, changes = 0.0, {0: group.desired}
    for minute in range(minutes):
        now = minute * 60.0
        group.shrink(now)
        for zone in group.missing():
            group.launch(f"i-{minute}-{len(group.instances)}", zone, now)
        for instance in list(group.instances):
            group.started(instance, now)
        for decision in engine.tick(now, store).decisions.values():
            changes[minute] = decision.desired
        total = sessions.get(minute, total)
        count = len(group.in_service())
        for _ in range(count):
            store.put(SESSIONS, Sample(now + 5, total / count))
    return changes


def test_a_class_logs_in_and_leaves() -> None:
    changes = run({0: 1, 10: 20, 60: 0}, 120, [UP, DOWN], ALARMS)
    # 20 on one: two more after two minutes. 20 / 3 is below 8: no more. Gone at 60: a quarter of an hour, then one a minute.
    assert changes == {0: 1, 12: 3, 75: 2, 76: 1}


def test_a_few_users_change_nothing() -> None:
    assert run({0: 7, 30: 4}, 90, [UP, DOWN], ALARMS) == {0: 1}


def test_one_odd_minute_adds_nothing() -> None:
    assert run({0: 4, 10: 30, 11: 4}, 40, [UP, DOWN], ALARMS) == {0: 1}


def test_target_tracking_makes_its_own_alarms() -> None:
    tracking = TargetTrackingPolicy(name="sessions", metric=SESSIONS, target=8)
    changes = run({0: 4, 5: 23, 40: 4}, 90, [tracking], [])
    assert list(changes.values()) == [1, 3, 1]
    assert list(changes)[1] == 8  # three minutes above
    assert list(changes)[2] == 55  # a quarter of an hour below


def test_without_scale_in_the_group_stays_large() -> None:
    tracking = TargetTrackingPolicy(name="sessions", metric=SESSIONS, target=8, disable_scale_in=True)
    assert list(run({0: 4, 5: 20, 40: 0}, 120, [tracking], []).values()) == [1, 3]


def test_an_alarm_that_names_another_groups_policy_leaves_this_one_alone() -> None:
    elsewhere = Alarm(
        name="other",
        metric=SESSIONS,
        comparison="GreaterThanThreshold",
        threshold=0,
        actions=(ARN.replace("/lab:", "/other:") + "up",),
    )
    assert run({0: 9}, 20, [UP], [elsewhere]) == {0: 1}


METRIC = MetricId(namespace="AWS/EC2", name="CPUUtilization")
HIGH = Alarm(name="high", metric=METRIC, comparison="GreaterThanOrEqualToThreshold", threshold=50)
LOW = Alarm(name="low", metric=METRIC, comparison="LessThanOrEqualToThreshold", threshold=50)
OUT = StepPolicy(
    name="out",
    adjustment_type="PercentChangeInCapacity",
    steps=(
        ScalingStep(lower=0, upper=10, adjustment=0),
        ScalingStep(lower=10, upper=20, adjustment=10),
        ScalingStep(lower=20, adjustment=30),
    ),
    warmup=300,
)
IN = StepPolicy(
    name="in",
    adjustment_type="PercentChangeInCapacity",
    steps=(
        ScalingStep(lower=-10, upper=0, adjustment=0),
        ScalingStep(lower=-20, upper=-10, adjustment=-10),
        ScalingStep(upper=-20, adjustment=-30),
    ),
)


def group(count: int, **spec: Any) -> ScaledGroup:
    settings: dict[str, Any] = {"name": "g", "min_size": 0, "max_size": 100, **spec}
    made = ScaledGroup(ScaledGroupSettings(**settings), desired=count)
    fill(made, -10_000)
    return made


def fill(made: ScaledGroup, now: float) -> None:
    for zone in made.missing():
        name = f"i-{len(made.instances)}-{now:g}"
        made.launch(name, zone, now)
        made.started(name, now)


def step_to(made: ScaledGroup, policy: Policy, alarm: Alarm, value: float, now: float) -> int:
    decision = decide_capacity(made, [Trigger(policy=policy, alarm=alarm, value=value)], [], now)
    if decision:
        apply_decision(made, decision, now)
    return made.desired


def test_the_example_of_step_adjustments() -> None:
    made = group(10, default_warmup=300)
    assert step_to(made, OUT, HIGH, 60, 0) == 11
    fill(made, 0)
    assert step_to(made, OUT, HIGH, 70, 301) == 14  # 30 percent of 11, rounded down
    fill(made, 301)
    assert step_to(made, IN, LOW, 40, 700) == 13  # 10 percent of 14, rounded down
    made.shrink(700)
    assert step_to(made, IN, LOW, 30, 760) == 10  # 30 percent of 13, rounded down


def test_the_example_of_instance_warm_up() -> None:
    made = group(10)
    assert step_to(made, OUT, HIGH, 60, 0) == 11
    fill(made, 0)
    assert step_to(made, OUT, HIGH, 62, 60) == 11  # one of ten again, and there is one already
    assert step_to(made, OUT, HIGH, 70, 120) == 13  # three of ten, of which one is there


def test_scaling_in_waits_for_instances_that_warm_up() -> None:
    made = group(10, default_warmup=300)
    step_to(made, OUT, HIGH, 60, 0)
    fill(made, 0)
    assert step_to(made, IN, LOW, 30, 299) == 11
    assert step_to(made, IN, LOW, 30, 300) == 8


def test_terminating_instances_count_when_scaling_in() -> None:
    made = group(3)
    one_less = StepPolicy(
        name="less", adjustment_type="ChangeInCapacity", steps=(ScalingStep(upper=0, adjustment=-1),)
    )
    assert step_to(made, one_less, LOW, 10, 0) == 2
    made.instances["i-0--10000"].state = "Terminating:Wait"
    assert step_to(made, one_less, LOW, 10, 60) == 2


def test_bounds_of_the_guide() -> None:
    # as-scale-based-on-demand.html, examples 1 and 2
    more = StepPolicy(
        name="m", adjustment_type="ChangeInCapacity", steps=(ScalingStep(lower=0, adjustment=3),)
    )
    assert step_to(group(2, max_size=3), more, HIGH, 90, 0) == 3
    less = StepPolicy(
        name="l", adjustment_type="ChangeInCapacity", steps=(ScalingStep(upper=0, adjustment=-2),)
    )
    assert step_to(group(3, min_size=2), less, LOW, 10, 0) == 2


def decided(
    made: ScaledGroup, *wanted: tuple[Policy, Alarm], tracking: tuple[str, ...] = (), value: float
) -> CapacityDecision:
    decision = decide_capacity(
        made, [Trigger(policy=policy, alarm=alarm, value=value) for policy, alarm in wanted], tracking, 0
    )
    assert decision is not None
    return decision


def simple(name: str, adjustment: int, kind: Any = "ChangeInCapacity", **more: Any) -> SimplePolicy:
    return SimplePolicy(name=name, adjustment_type=kind, adjustment=adjustment, **more)


def test_the_largest_capacity_wins_out_and_in() -> None:
    # as-scale-based-on-demand.html, "Multiple scaling policies"
    out = decided(group(1), (simple("cpu", 1), HIGH), (simple("queue", 2), HIGH), value=90)
    assert (out.desired, out.policy.name) == (3, "queue")
    scale_in = decided(
        group(8),
        (simple("three", -3), LOW),
        (simple("quarter", -25, "PercentChangeInCapacity"), LOW),
        value=10,
    )
    assert (scale_in.desired, scale_in.policy.name) == (6, "quarter")


def test_a_simple_policy_waits_for_its_cooldown() -> None:
    made = group(1)
    one_more = simple("more", 1, cooldown=180)
    assert step_to(made, one_more, HIGH, 90, 0) == 2
    made.launch("new", "a", 0)
    assert step_to(made, one_more, HIGH, 90, 60) == 2  # the launch is under way
    made.started("new", 100)
    assert step_to(made, one_more, HIGH, 90, 279) == 2  # the cooldown began when it was in service
    assert step_to(made, one_more, HIGH, 90, 280) == 3


def test_a_simple_policy_uses_the_default_cooldown() -> None:
    made = group(3, default_cooldown=50)
    assert step_to(made, simple("less", -1), LOW, 1, 0) == 2
    made.shrink(0)
    assert step_to(made, simple("less", -1), LOW, 1, 49) == 2
    assert step_to(made, simple("less", -1), LOW, 1, 50) == 1


TRACKING = TargetTrackingPolicy(name="cpu", metric=METRIC, target=40)
OTHER = TargetTrackingPolicy(name="net", metric=MetricId(namespace="AWS/EC2", name="NetworkIn"), target=40)


@pytest.mark.parametrize(("value", "desired"), [(100, 5), (41, 3), (20, 1), (30, 2)])
def test_target_tracking_moves_towards_its_target(value: float, desired: int) -> None:
    assert step_to(group(2), TRACKING, HIGH if value > 40 else LOW, value, 0) == desired


def test_target_tracking_policies_scale_in_only_together() -> None:
    made = group(4)
    alone = [Trigger(policy=TRACKING, alarm=LOW, value=10)]
    assert decide_capacity(made, alone, ["cpu", "net"], 0) is None
    both = [*alone, Trigger(policy=OTHER, alarm=LOW, value=20)]
    decision = decide_capacity(made, both, ["cpu", "net"], 0)
    assert decision is not None
    assert decision.desired == 2


def test_a_step_policy_may_scale_in_alone() -> None:
    decision = decide_capacity(group(4), [Trigger(policy=IN, alarm=LOW, value=10)], ["cpu"], 0)
    assert decision is not None
    assert decision.desired == 3


def test_suspended_alarm_notifications_change_nothing() -> None:
    made = group(4, suspended=frozenset({"AlarmNotification"}))
    assert decide_capacity(made, [Trigger(policy=OUT, alarm=HIGH, value=90)], [], 0) is None


def test_the_reason_names_alarm_policy_and_numbers() -> None:
    reason = decided(group(10), (OUT, HIGH), value=61.5).reason
    assert reason == (
        "alarm high is in state ALARM at 61.5: policy out changes the desired capacity from 10 to 11"
    )


SPARE = StepPolicy(
    name="spare",
    adjustment_type="ChangeInCapacity",
    steps=(ScalingStep(lower=-10, upper=0, adjustment=1), ScalingStep(upper=-10, adjustment=2)),
    warmup=300,
)


def test_a_policy_executed_again_counts_the_instances_on_their_way() -> None:
    made = group(2, suspended=frozenset({"AlarmNotification"}))
    for now, value, desired in ((0, 15, 3), (5, 14, None), (10, 9, 4), (15, 2, None)):
        decision = execute_policy(made, SPARE, now, value=value, threshold=20)
        assert (decision and decision.desired) == desired
        if decision is not None:
            apply_decision(made, decision, now)
        fill(made, now)
    assert made.desired == 4


def test_an_executed_policy_respects_the_groups_bounds() -> None:
    assert execute_policy(group(3, max_size=3), SPARE, 0, value=0, threshold=20) is None


def test_a_target_tracking_policy_cannot_be_executed() -> None:
    tracking = TargetTrackingPolicy(name="t", metric=METRIC, target=50)
    with pytest.raises(NotExecutedError, match="of type TargetTrackingScaling"):
        execute_policy(group(1), tracking, 0, value=90, threshold=50)
