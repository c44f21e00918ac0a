"""Instances of the warm pool in a rollout."""

from types import SimpleNamespace
from typing import Any

import pytest

from hubctl.core.live import Deployment
from hubctl.rollout.group import LaunchedGroup, old_in_pool, renew_pool


class Aws:
    """A warm pool in two pages, and EC2."""

    def __init__(self, **versions: str) -> None:
        self._instances = [
            {
                "InstanceId": name,
                "LifecycleState": "Warmed:Terminating:Wait" if name == "ending" else "Warmed:Stopped",
                "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": version},
            }
            for name, version in versions.items()
        ]
        self.ended: list[str] = []

    def describe_warm_pool(self, *, AutoScalingGroupName: str, NextToken: str = "") -> dict[str, Any]:  # noqa: N803
        assert AutoScalingGroupName == "workers"
        if NextToken:
            return {"Instances": self._instances[1:]}
        return {"Instances": self._instances[:1], "NextToken": "more"}

    def terminate_instances(self, *, InstanceIds: list[str]) -> None:  # noqa: N803
        self.ended += InstanceIds


@pytest.fixture
def deployment() -> Any:
    return SimpleNamespace(group="workers")


GROUP = LaunchedGroup(
    name="workers",
    launches="3",
    desired=1,
    smallest=1,
    largest=2,
    suspended=frozenset(),
    instances=(),
)


def test_those_of_an_older_version_are_ended_and_no_others(deployment: Deployment) -> None:
    aws = Aws(old="2", new="3", ending="1", later="4")
    waiting = old_in_pool(aws, deployment, GROUP)
    assert waiting == ["old"]
    renew_pool(aws, waiting)
    assert aws.ended == ["old"]


def test_a_pool_of_the_present_version_is_left_alone(deployment: Deployment) -> None:
    aws = Aws(new="3")
    renew_pool(aws, old_in_pool(aws, deployment, GROUP))
    assert aws.ended == []
