"""The workers' auto scaling group: growth, and protection from scale-in."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from swarm_hub.worker_group import (
    AutoScalingGrowth,
    AutoScalingProtection,
    GrowthError,
    WorkerProtection,
    busy_instances,
)
from tests.support.waiting import PATIENCE


@pytest.fixture
def growth(monkeypatch: pytest.MonkeyPatch) -> Iterator[AutoScalingGrowth]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    with mock_aws():
        ec2 = boto3.client("ec2", region_name="us-east-1")
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        template = ec2.create_launch_template(
            LaunchTemplateName="worker",
            LaunchTemplateData={
                "ImageId": ec2.describe_images()["Images"][0]["ImageId"],
                "InstanceType": "t3.large",
            },
        )["LaunchTemplate"]["LaunchTemplateId"]
        boto3.client("autoscaling", region_name="us-east-1").create_auto_scaling_group(
            AutoScalingGroupName="workers",
            LaunchTemplate={"LaunchTemplateId": template},
            MinSize=1,
            MaxSize=3,
            DesiredCapacity=1,
            VPCZoneIdentifier=subnet,
        )
        yield AutoScalingGrowth("workers", region="us-east-1")


def test_the_group_is_raised_and_never_lowered(growth: AutoScalingGrowth) -> None:
    assert (growth.group().desired, growth.group().maximum) == (1, 3)
    growth.raise_to(3)
    assert growth.group().desired == 3
    growth.raise_to(2)
    assert growth.group().desired == 3


class Forbidding:
    """A client whose role may look, and do nothing."""

    def describe_auto_scaling_groups(self, **arguments: Any) -> dict[str, Any]:
        del arguments
        return {"AutoScalingGroups": [{"DesiredCapacity": 1, "MaxSize": 3}]}

    def set_desired_capacity(self, **arguments: Any) -> None:
        del arguments
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not allowed"}}, "SetDesiredCapacity")


def test_what_aws_refuses_is_an_error_of_ours() -> None:
    with pytest.raises(GrowthError, match=r"workers to 2 workers: .*AccessDenied"):
        AutoScalingGrowth("workers", region="us-east-1", client=Forbidding()).raise_to(2)


@pytest.mark.usefixtures("growth")
def test_a_group_that_is_not_there_is_named() -> None:
    with pytest.raises(GrowthError, match="no auto scaling group other"):
        AutoScalingGrowth("other", region="us-east-1").group()


FIRST, SECOND, THIRD = "i-0aaaaaaaaaaaaaaaa", "i-0bbbbbbbbbbbbbbbb", "i-0cccccccccccccccc"


def node(identifier: str, chef_node: str | None) -> dict[str, Any]:
    engine = {} if chef_node is None else {"Labels": {"chef-hub.node": chef_node}}
    return {"ID": identifier, "Description": {"Engine": engine}}


class Docker:
    """An engine with two workers and a leader, one of them with a notebook server."""

    def __init__(self, *, busy: Sequence[str] = ("one",), services: Sequence[str] = ("ada",)) -> None:
        self.busy, self.listed = busy, services
        self.asked: dict[str, Any] = {}

    def services(self, filters: dict[str, Any]) -> list[dict[str, Any]]:
        assert filters == {"label": "chef-hub.kind=notebook"}
        return [{"ID": name} for name in self.listed]

    def tasks(self, filters: dict[str, Any]) -> list[dict[str, Any]]:
        self.asked = filters
        return [{"NodeID": one} for one in self.busy] + [{}]  # the last has no place yet

    def nodes(self) -> list[dict[str, Any]]:
        return [
            node("leader", "hub_leader"),
            node("one", f"worker-{FIRST}"),
            node("two", f"worker-{SECOND}"),
            node("foreign", None),
        ]


class Protected:
    def __init__(self, **protected: bool) -> None:
        self.instances = protected
        self.calls: list[tuple[list[str], bool]] = []

    def protection(self) -> dict[str, bool]:
        return self.instances

    def protect(self, instances: Sequence[str], *, on: bool) -> None:
        self.calls.append((list(instances), on))


def test_workers_with_servers_are_known_by_the_instance_in_their_chef_node() -> None:
    docker = Docker(busy=("leader", "two", "foreign", "gone"))
    assert busy_instances(docker.nodes(), docker.tasks({})) == {SECOND}


def test_protection_follows_the_servers() -> None:
    group = Protected(**{FIRST: False, SECOND: True, THIRD: True})
    docker = Docker()
    WorkerProtection(docker, group).round()
    assert group.calls == [([FIRST], True), ([SECOND, THIRD], False)]
    assert docker.asked["service"] == ["ada"]


def test_nothing_is_called_when_all_is_right() -> None:
    group = Protected(**{FIRST: True, SECOND: False})
    WorkerProtection(Docker(), group).round()
    assert group.calls == []


def test_without_servers_all_protection_is_lifted() -> None:
    group = Protected(**{FIRST: True})
    docker = Docker(services=())
    WorkerProtection(docker, group).round()
    assert group.calls == [([FIRST], False)]
    assert docker.asked == {}  # without names the filter would mean: every task of the Swarm


def test_a_round_that_fails_is_told_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    tries = threading.Semaphore(0)

    class Denied(Protected):
        def protection(self) -> dict[str, bool]:
            tries.release()
            raise PermissionError("SetInstanceProtection is not allowed")

    watch = WorkerProtection(Docker(), Denied(), round_seconds=0.01)
    watch.start()
    try:
        assert all(tries.acquire(timeout=PATIENCE) for _ in range(4))
    finally:
        watch.stop(PATIENCE)
    told = [one for one in caplog.messages if "SetInstanceProtection is not allowed" in one]
    assert len(told) == 1


def test_aws_is_asked_for_instances_in_service_and_takes_fifty_at_once() -> None:
    calls: list[int] = []

    class Client:
        def describe_auto_scaling_groups(self, **_: Any) -> dict[str, Any]:
            states = {FIRST: "InService", SECOND: "Terminating:Wait", THIRD: "Pending"}
            return {
                "AutoScalingGroups": [
                    {
                        "Instances": [
                            {"InstanceId": one, "LifecycleState": state, "ProtectedFromScaleIn": True}
                            for one, state in states.items()
                        ]
                    }
                ]
            }

        def set_instance_protection(self, **asked: Any) -> None:
            calls.append(len(asked["InstanceIds"]))

    group = AutoScalingProtection("workers", Client())
    assert group.protection() == {FIRST: True}
    group.protect([f"i-{number:017x}" for number in range(120)], on=True)
    assert calls == [50, 50, 20]


class Idle(Docker):
    """No server runs anywhere."""

    def __init__(self) -> None:
        super().__init__(services=())

    def nodes(self) -> list[dict[str, Any]]:
        return []


def test_empty_workers_that_hold_spare_places_are_protected_and_the_group_may_grow() -> None:
    grown: list[object] = []

    class Keeps:
        def kept(self, _: object) -> set[str]:
            return {SECOND}

        def grow(self, cluster: object) -> None:
            grown.append(cluster)

    group = Protected(**{FIRST: True, SECOND: False})
    WorkerProtection(Idle(), group, spare=Keeps()).round()
    assert group.calls == [([SECOND], True), ([FIRST], False)]
    assert len(grown) == 1


def test_a_change_is_looked_at_soon_but_not_more_often_than_that() -> None:
    rounds = threading.Semaphore(0)

    class Counted(Protected):
        def protection(self) -> dict[str, bool]:
            rounds.release()
            return {}

    watch = WorkerProtection(Idle(), Counted(), round_seconds=600, soonest_seconds=0.05)
    watch.start()
    try:
        assert not rounds.acquire(timeout=0.1)
        for _ in range(5):
            watch.look_soon()
        assert rounds.acquire(timeout=PATIENCE)
        watch.look_soon()
        assert rounds.acquire(timeout=PATIENCE)
        assert not rounds.acquire(timeout=0.2)
    finally:
        watch.stop(PATIENCE)


def test_instances_of_the_warm_pool_are_counted() -> None:
    class Client:
        def describe_auto_scaling_groups(self, **_: Any) -> dict[str, Any]:
            return {"AutoScalingGroups": [{"DesiredCapacity": 1, "MaxSize": 3, "WarmPoolSize": 2}]}

    assert AutoScalingGrowth("workers", region="us-east-1", client=Client()).group().warm == 2
