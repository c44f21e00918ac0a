"""Scheduled actions on the local AWS: carried out at their time, refused as AWS refuses them, gone when they are over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.scaling.scheduled import MOST_ACTIONS
from hubctl.trial.aws.extensions.scheduled_actions import DELAY_TAG
from hubctl.trial.aws.server import LocalAws

Eventually = Callable[[Callable[[], Any]], Any]
FAR = datetime(2999, 1, 4, 9, 0, tzinfo=UTC)


def put(autoscaling: Any, group: str, name: str, **values: Any) -> None:
    autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName=group, ScheduledActionName=name, **values
    )


def smallest(autoscaling: Any, group: str) -> int:
    (described,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])[
        "AutoScalingGroups"
    ]
    return int(described["MinSize"])


def shown(autoscaling: Any, group: str) -> dict[str, Any]:
    answer = autoscaling.describe_scheduled_actions(AutoScalingGroupName=group)
    return {one["ScheduledActionName"]: one for one in answer["ScheduledUpdateGroupActions"]}


def test_an_action_raises_the_group_at_its_time_and_is_gone_then(
    lab_group: Callable[..., Any], autoscaling: Any, eventually: Eventually
) -> None:
    group = lab_group("class")
    # The clock of this AWS runs ahead of the real one; any time of the coming years comes about if it is soon enough.
    put(autoscaling, "class", "every-minute", Recurrence="* * * * *", MinSize=3)
    eventually(lambda: len(group.instances()) == 3)
    (described,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["class"])[
        "AutoScalingGroups"
    ]
    assert (described["MinSize"], described["DesiredCapacity"]) == (3, 3)
    causes = [
        activity["Cause"]
        for activity in autoscaling.describe_scaling_activities(AutoScalingGroupName="class")["Activities"]
    ]
    assert any("scheduled action every-minute set the sizes to 3 to 4" in cause for cause in causes)
    next_minute = shown(autoscaling, "class")["every-minute"]["StartTime"]
    put(autoscaling, "class", "once", StartTime=next_minute + timedelta(minutes=30), MinSize=1)
    autoscaling.delete_scheduled_action(AutoScalingGroupName="class", ScheduledActionName="every-minute")
    eventually(lambda: "once" not in shown(autoscaling, "class"))
    (described,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["class"])[
        "AutoScalingGroups"
    ]
    assert (described["MinSize"], described["DesiredCapacity"]) == (1, 3)


def test_actions_of_two_groups_may_have_the_same_name(
    lab_group: Callable[..., Any], autoscaling: Any
) -> None:
    for name, size in (("one", 2), ("two", 3)):
        lab_group(name)
        put(autoscaling, name, "lecture", StartTime=FAR, MinSize=size)
    autoscaling.delete_scheduled_action(AutoScalingGroupName="one", ScheduledActionName="lecture")
    assert shown(autoscaling, "one") == {}
    assert shown(autoscaling, "two")["lecture"]["MinSize"] == 3


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"StartTime": datetime(2020, 1, 1, tzinfo=UTC), "MinSize": 2}, "in the past"),
        (
            {"Recurrence": "0 9 * * 1", "EndTime": datetime(2020, 1, 1, tzinfo=UTC), "MinSize": 2},
            "in the past",
        ),
        ({"StartTime": FAR, "EndTime": FAR, "MinSize": 2}, "after start time"),
        ({"Recurrence": "61 * * * *", "MinSize": 2}, "is invalid"),
        ({"Recurrence": "0 9 ? * 1", "MinSize": 2}, "is invalid"),
        ({"Recurrence": "0 9 * * 1", "TimeZone": "Europe/Nowhere", "MinSize": 2}, "IANA"),
        ({"StartTime": FAR}, "At least one of max size, min size, or desired capacity"),
        ({"StartTime": FAR, "MinSize": 3, "MaxSize": 2}, "less than or equal to max size"),
        ({"MinSize": 2}, "Scheduled start time must be specified"),
    ],
)
def test_what_aws_refuses_is_refused_and_the_action_before_stays(
    lab_group: Callable[..., Any], autoscaling: Any, values: dict[str, Any], word: str
) -> None:
    lab_group("refusing")
    put(autoscaling, "refusing", "lecture", StartTime=FAR, MinSize=3)
    with pytest.raises(ClientError, match=word) as refused:
        put(autoscaling, "refusing", "lecture", **values)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert shown(autoscaling, "refusing")["lecture"]["MinSize"] == 3


def test_two_actions_of_a_group_must_not_start_together(
    lab_group: Callable[..., Any], autoscaling: Any
) -> None:
    lab_group("together")
    put(autoscaling, "together", "first", StartTime=FAR, MinSize=2)
    with pytest.raises(ClientError, match="start time already exists") as refused:
        put(autoscaling, "together", "second", StartTime=FAR, MinSize=3)
    assert refused.value.response["Error"]["Code"] == "AlreadyExists"


def test_a_group_has_at_most_125_actions(lab_group: Callable[..., Any], autoscaling: Any) -> None:
    lab_group("many")
    for number in range(MOST_ACTIONS):
        put(autoscaling, "many", f"n{number}", StartTime=FAR + timedelta(hours=number), MinSize=2)
    with pytest.raises(ClientError, match="125") as refused:
        put(autoscaling, "many", "one too many", StartTime=FAR - timedelta(hours=1), MinSize=2)
    assert refused.value.response["Error"]["Code"] == "LimitExceeded"
    put(autoscaling, "many", "n0", StartTime=FAR, MinSize=3)  # that is there already


def acted_at(autoscaling: Any, group: str, action: str) -> datetime | None:
    """Return the real time at which an action was carried out."""
    for activity in autoscaling.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]:
        if f"scheduled action {action} set" in activity["Cause"]:
            return activity["StartTime"]  # type: ignore[no-any-return]
    return None


def test_a_group_s_tag_lets_its_actions_act_late(
    lab_group: Callable[..., Any], autoscaling: Any, eventually: Eventually
) -> None:
    groups = {"in-time": "0", "late": "120"}
    for name, delay in groups.items():
        lab_group(name, Tags=[{"Key": DELAY_TAG, "Value": delay}])
        put(autoscaling, name, "probe", Recurrence="* * * * *", MaxSize=4)
    begin = shown(autoscaling, "late")["probe"]["StartTime"] + timedelta(minutes=15)
    for name in groups:
        autoscaling.delete_scheduled_action(AutoScalingGroupName=name, ScheduledActionName="probe")
        put(autoscaling, name, "class", StartTime=begin, MinSize=3)
    in_time = eventually(lambda: acted_at(autoscaling, "in-time", "class"))
    late = eventually(lambda: acted_at(autoscaling, "late", "class"))
    assert late >= in_time  # by how much, the tests of the extension say in a time of their own
    assert [smallest(autoscaling, name) for name in groups] == [3, 3]
    assert [shown(autoscaling, name) for name in groups] == [{}, {}]


def test_while_scheduled_actions_are_suspended_none_acts_and_none_is_caught_up_on(
    lab_group: Callable[..., Any], autoscaling: Any, eventually: Eventually
) -> None:
    lab_group("paused")
    autoscaling.suspend_processes(AutoScalingGroupName="paused", ScalingProcesses=["ScheduledActions"])
    put(autoscaling, "paused", "probe", Recurrence="* * * * *", MaxSize=4)
    begin = shown(autoscaling, "paused")["probe"]["StartTime"] + timedelta(minutes=10)
    put(autoscaling, "paused", "class", StartTime=begin, MinSize=3)
    eventually(lambda: "class" not in shown(autoscaling, "paused"))
    autoscaling.resume_processes(AutoScalingGroupName="paused", ScalingProcesses=["ScheduledActions"])
    put(autoscaling, "paused", "after", StartTime=begin + timedelta(hours=1), MinSize=2)
    eventually(lambda: "after" not in shown(autoscaling, "paused"))
    assert smallest(autoscaling, "paused") == 2


def test_an_unknown_group_is_refused(scaling_aws: LocalAws) -> None:
    with pytest.raises(ClientError, match="not found"):
        put(scaling_aws.client("autoscaling"), "nothing", "lecture", StartTime=FAR, MinSize=2)
