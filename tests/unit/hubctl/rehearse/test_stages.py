"""The trials get the stack's sizes: places, thresholds, memory, warm pool; and their groups its scheduled actions."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from hubctl.rehearse.programme import CapacityStep, SpareTime
from hubctl.rehearse.stages import (
    NOTICE_SECONDS,
    Sizes,
    cluster_settings,
    lab_settings,
    put_actions,
    put_spare_times,
)
from hubctl.trial.aws.server import LocalAws
from stacks.settings.scaling_guards import flapping
from swarm_hub.spare_windows import PARAMETER, READ_SECONDS, SpareWindows
from tests.support.waiting import PATIENCE, wait_until
from tests.unit.hubctl.rehearse.test_report import report

SPEED = 60.0

VALUES = {"scale_up_threshold": 6, "scale_down_threshold": 2, "hub_max_users": 40}


@pytest.fixture
def local_aws() -> Iterator[LocalAws]:
    """A local AWS in which a minute takes a second."""
    with LocalAws(scaling_speed=SPEED) as running:
        yield running


def sizes(places: int, **changes: Any) -> Sizes:
    given: dict[str, Any] = {"smallest": 1, "largest": 3, "speed": 10.0, "users": 12}
    return Sizes(places=places, **{**given, **changes})


def test_a_host_of_the_lab_takes_as_many_users_as_an_instance() -> None:
    made = lab_settings(sizes(9), report().model, VALUES)
    assert (made.scale_up_threshold, made.scale_down_threshold, made.user_memory_gib) == (6, 2, 1.61)
    assert (made.min_size, made.max_size, made.speed) == (1, 3, 10.0)


@pytest.mark.parametrize("places", [1, 2, 3, 4, 6, 9, 30])
def test_with_fewer_places_thresholds_shrink_too_and_do_not_flap(places: int) -> None:
    made = lab_settings(sizes(places), report().model, VALUES)
    assert 1 <= made.scale_up_threshold <= places
    assert made.scale_down_threshold >= 1
    assert int(14.5 / made.user_memory_gib) == places
    if places > 4:
        assert flapping(made) is None


def test_workers_show_the_whole_machine_so_a_servers_limit_decides_how_many_fit() -> None:
    made = cluster_settings(sizes(4), VALUES, machine_gib=16.25)
    assert made.user_memory_gib == 4.0
    assert (made.workers, made.max_workers, made.max_users, made.speed) == (1, 3, 40, 10.0)


def test_the_warm_pool_and_the_spare_places_reach_both_trials() -> None:
    lab = lab_settings(sizes(9, pool=2, spare=3), report().model, VALUES)
    cluster = cluster_settings(sizes(4, pool=2, spare=3), VALUES, machine_gib=16.25)
    assert (lab.pool, lab.spare_places) == (cluster.pool, cluster.spare_places) == (2, 3)
    assert (lab.context()["warm_pool"], lab.context()["warm_pool_size"]) == ("stopped", 2)


def test_scheduled_actions_act_at_the_times_of_the_programme_on_the_trials_clock(local_aws: LocalAws) -> None:
    autoscaling = local_aws.client("autoscaling")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="trial", ImageId="ami-12345678", InstanceType="t3.micro"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="trial",
        LaunchConfigurationName="trial",
        MinSize=1,
        MaxSize=4,
        AvailabilityZones=["us-east-1a"],
    )
    steps = (
        CapacityStep(at=400, instances=3, name="once-2026-12-03-0745-utc"),
        CapacityStep(at=86_400, instances=1, name="once-2026-12-03-0900-utc"),
    )
    began = local_aws.time() - 100
    put_actions(local_aws, "trial", steps, elapsed=100)

    def group() -> Any:
        return autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["trial"])["AutoScalingGroups"][
            0
        ]

    (down,) = [one for one in actions(autoscaling) if one["MinSize"] == 1]
    assert down["StartTime"].timestamp() == pytest.approx(began + 86_400, abs=SPEED * PATIENCE / 10)
    assert not {"MaxSize", "DesiredCapacity"} & set(down)
    wait_until(lambda: group()["MinSize"] == 3, "the first action")
    assert local_aws.time() >= began + 400 - 1
    assert group()["DesiredCapacity"] == 3
    assert [one["ScheduledActionName"] for one in actions(autoscaling)] == ["once-2026-12-03-0900-utc"]


def test_the_hub_reads_when_the_timetable_wants_places_free_on_its_own_clock(local_aws: LocalAws) -> None:
    began = datetime(2027, 1, 11, 7, 45, 30, tzinfo=UTC)
    times = (SpareTime(at=120, seconds=4500, places=5),)
    for _ in range(2):  # a trial that runs again has the parameter already
        put_spare_times(local_aws, "/chef-hub", times, began.timestamp(), speed=10)
    value = local_aws.client("ssm").get_parameter(Name=f"/chef-hub/{PARAMETER}")["Parameter"]["Value"]

    def kept_free(second: int) -> int:
        now = datetime.fromtimestamp(began.timestamp() + second, UTC)
        return SpareWindows(lambda: value, now=lambda: now).places()

    # Two minutes of AWS are 12 s, and 75 are seven and a half, counted as eight.
    assert [kept_free(second) for second in (11, 12, 12 + 8 * 60 - 1, 12 + 8 * 60)] == [0, 5, 5, 0]
    assert NOTICE_SECONDS > READ_SECONDS


def actions(autoscaling: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = autoscaling.describe_scheduled_actions(AutoScalingGroupName="trial")[
        "ScheduledUpdateGroupActions"
    ]
    return found
