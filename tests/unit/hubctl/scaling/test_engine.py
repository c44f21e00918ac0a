"""The engine over simulated minutes: the policies of the aws-lab stack, as its docstrings describe them."""

from hubctl.scaling.alarms import Alarm
from hubctl.scaling.engine import ScalingEngine
from hubctl.scaling.group import Group, GroupSpec
from hubctl.scaling.metrics import MetricId, MetricStore, Sample
from hubctl.scaling.policies import Policy, Step, StepPolicy, TargetTrackingPolicy

SESSIONS = MetricId(
    namespace="JupyterHub/Lab", name="UserSessions", dimensions=frozenset({("AutoScalingGroupName", "lab")})
)
ARN = "arn:aws:autoscaling:us-east-1:1:scalingPolicy:x:autoScalingGroupName/lab:policyName/"
UP = StepPolicy(
    name="up",
    adjustment_type="ChangeInCapacity",
    steps=(Step(lower=0, upper=8, adjustment=1), Step(lower=8, adjustment=2)),
    warmup=300,
)
DOWN = StepPolicy(name="down", adjustment_type="ChangeInCapacity", steps=(Step(upper=0, adjustment=-1),))
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
    group = Group(GroupSpec(name="lab", min_size=1, max_size=4, default_warmup=300))
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
