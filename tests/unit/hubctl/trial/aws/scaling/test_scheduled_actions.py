"""Scheduled actions on the local AWS: carried out at their time, refused as AWS refuses them, gone when they are over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.trial.aws.server import LocalAws

Eventually = Callable[[Callable[[], Any]], Any]
FAR = datetime(2999, 1, 4, 9, 0, tzinfo=UTC)


def put(autoscaling: Any, group: str, name: str, **values: Any) -> None:
    autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName=group, ScheduledActionName=name, **values
    )


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
        ({"StartTime": FAR, "EndTime": FAR, "MinSize": 2}, "after the start"),
        ({"Recurrence": "61 * * * *", "MinSize": 2}, "five fields"),
        ({"Recurrence": "0 9 * * 1", "TimeZone": "Europe/Nowhere", "MinSize": 2}, "time zone"),
        ({"StartTime": FAR}, "sizes"),
        ({"MinSize": 2}, "start time"),
    ],
)
def test_what_aws_refuses_is_refused_and_the_action_before_stays(
    lab_group: Callable[..., Any], autoscaling: Any, values: dict[str, Any], word: str
) -> None:
    lab_group("refusing")
    put(autoscaling, "refusing", "lecture", StartTime=FAR, MinSize=3)
    with pytest.raises(ClientError, match=word):
        put(autoscaling, "refusing", "lecture", **values)
    assert shown(autoscaling, "refusing")["lecture"]["MinSize"] == 3


def test_two_actions_of_a_group_must_not_start_together(
    lab_group: Callable[..., Any], autoscaling: Any
) -> None:
    lab_group("together")
    put(autoscaling, "together", "first", StartTime=FAR, MinSize=2)
    with pytest.raises(ClientError, match="same time"):
        put(autoscaling, "together", "second", StartTime=FAR, MinSize=3)


def test_an_unknown_group_is_refused(scaling_aws: LocalAws) -> None:
    with pytest.raises(ClientError, match="not found"):
        put(scaling_aws.client("autoscaling"), "nothing", "lecture", StartTime=FAR, MinSize=2)
