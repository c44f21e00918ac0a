"""Spare places: when the hub asks for instances, and what it asks of the group."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hubctl.trial.aws.server import LocalAws
from lab_hub.settings import check_settings
from lab_hub.spare import SparePlaces, policy_request
from tests.support.waiting import PATIENCE, wait_until


def asked_for(
    wanted: int, starts: list[int], ask: Callable[[int], None] | None = None, *, seconds: float = 120.0
) -> list[int]:
    """Return with which numbers of free places the group was asked, when starts leave these free one after the other.

    There are ``seconds`` between two starts.
    """
    asked: list[int] = []

    async def run() -> None:
        spare = SparePlaces(wanted, ask or asked.append, pause=0.05, clock=lambda: now)
        now = 0.0
        for free in starts:
            spare.note(free)
            now += seconds
        if spare._task is not None:
            await asyncio.wait_for(spare._task, PATIENCE)

    asyncio.run(run())
    return asked


def test_nothing_is_asked_while_enough_places_are_free_here() -> None:
    assert asked_for(4, [7, 6, 5]) == []
    assert asked_for(0, [1]) == []


def test_many_starts_make_one_request() -> None:
    assert asked_for(4, [5, 4, 3, 2, 1, 0]) == [-1]


def test_as_many_users_are_expected_as_came_in_the_last_minute() -> None:
    assert asked_for(4, [12, 11, 10, 9], seconds=30) == []
    assert asked_for(4, [12, 11, 10, 9], seconds=1) == []
    assert asked_for(4, [12, 11, 10, 9, 8], seconds=1) == [3]
    assert asked_for(4, [5], seconds=1) == []
    assert asked_for(4, [4], seconds=1) == [3]


def test_starts_during_a_request_are_caught_up_after_the_pause() -> None:
    asked: list[int] = []

    async def run() -> None:
        spare = SparePlaces(4, asked.append, pause=0.2)
        spare.note(3)
        await asyncio.sleep(0.05)
        spare.note(2)
        spare.note(1)
        assert asked == [2]
        assert spare._task is not None
        await asyncio.wait_for(spare._task, PATIENCE)

    asyncio.run(run())
    assert asked == [2, -2]


def test_a_failure_stays_with_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_free: int) -> None:
        raise RuntimeError("AccessDenied")

    assert asked_for(4, [3], fail) == []
    assert "the alarm will: AccessDenied" in caplog.text


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(scaling_speed=20) as running:
        yield running


@pytest.fixture
def group(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, document: dict[str, Any]) -> Any:
    """A group of one warm instance at most of three, with the policy of the stack for ten places an instance."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    autoscaling = aws.client("autoscaling")
    document["region"] = aws.region
    name = document["autoscaling_group"]
    autoscaling.create_launch_configuration(
        LaunchConfigurationName=name, ImageId="ami-12345678", InstanceType="t3.micro"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchConfigurationName=name,
        MinSize=1,
        MaxSize=3,
        AvailabilityZones=["us-east-1a"],
    )
    autoscaling.put_scaling_policy(
        AutoScalingGroupName=name,
        PolicyName="spare-up",
        PolicyType="StepScaling",
        AdjustmentType="ChangeInCapacity",
        EstimatedInstanceWarmup=0,
        StepAdjustments=[
            {
                "ScalingAdjustment": 1,
                "MetricIntervalLowerBound": -10.0,
                "MetricIntervalUpperBound": 0.0,
            },
            {"ScalingAdjustment": 2, "MetricIntervalUpperBound": -10.0},
        ],
    )
    document["spare"] = {"spare_places": 15, "policy": "spare-up"}
    yield lambda: autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][
        0
    ]
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
    autoscaling.delete_launch_configuration(LaunchConfigurationName=name)


def wait_until_serving(group: Any, count: int) -> None:
    def serving() -> bool:
        return [one["LifecycleState"] for one in group()["Instances"]] == ["InService"] * count

    wait_until(serving, f"{count} instances in service")


@pytest.mark.parametrize(("free", "desired"), [(15, 1), (14, 2), (6, 2), (5, 3), (0, 3)])
def test_as_many_instances_are_added_as_are_missing(
    group: Any, document: dict[str, Any], free: int, desired: int
) -> None:
    wait_until_serving(group, 1)
    policy_request(check_settings(document))(free)
    assert group()["DesiredCapacity"] == desired


def test_the_others_in_service_count_with_as_many_places(group: Any, document: dict[str, Any]) -> None:
    wait_until_serving(group, 1)
    ask = policy_request(check_settings(document))
    ask(10)
    wait_until_serving(group, 2)
    ask(8)
    assert group()["DesiredCapacity"] == 2
    ask(7)
    assert group()["DesiredCapacity"] == 3
    ask(0)  # at its largest size already
    assert group()["DesiredCapacity"] == 3
