"""What a host learns of the warm pool of its group."""

from typing import Any

import pytest

from hubctl.trial.hosts.pool import look_at_pool

POOLED = {"InstanceId": "i-1", "LifecycleState": "Warmed:Stopped"}


class Autoscaling:
    """A group's warm pool, as AWS would describe it."""

    def __init__(self, members: int = 0, **settings: Any) -> None:
        self._answer = {"WarmPoolConfiguration": settings or None, "Instances": [POOLED] * members}

    def describe_warm_pool(self, *, AutoScalingGroupName: str) -> dict[str, Any]:  # noqa: N803
        assert AutoScalingGroupName == "workers"
        return self._answer


def target(aws: Autoscaling, lifecycle: str, *, desired: int = 2) -> str:
    group = {"AutoScalingGroupName": "workers", "DesiredCapacity": desired, "MaxSize": 4}
    return look_at_pool(aws, group).target(lifecycle)


def test_without_a_pool_who_leaves_ends() -> None:
    assert target(Autoscaling(), "Terminating:Wait") == "Terminated"
    assert target(Autoscaling(), "Pending:Wait") == "InService"


@pytest.mark.parametrize("state", ["Stopped", "Hibernated"])
def test_who_goes_to_the_pool_learns_which_state_awaits_it(state: str) -> None:
    aws = Autoscaling(MinSize=1, PoolState=state)
    assert target(aws, "Warmed:Pending:Wait") == f"Warmed:{state}"
    assert target(aws, "Warmed:Terminating:Wait") == "Warmed:Terminated"


@pytest.mark.parametrize(
    ("settings", "members", "desired", "expected"),
    [
        ({"MinSize": 1}, 0, 2, "Warmed:Stopped"),
        ({"MinSize": 2, "MaxGroupPreparedCapacity": 2}, 2, 2, "Terminated"),
        ({"MinSize": 0, "MaxGroupPreparedCapacity": 3}, 0, 2, "Warmed:Stopped"),
        ({"MinSize": 0, "MaxGroupPreparedCapacity": 3}, 0, 3, "Terminated"),
        ({"MinSize": 0, "MaxGroupPreparedCapacity": -1}, 1, 2, "Warmed:Stopped"),
    ],
)
def test_who_leaves_comes_back_to_a_pool_with_room(
    settings: dict[str, int], members: int, desired: int, expected: str
) -> None:
    reuse = {"InstanceReusePolicy": {"ReuseOnScaleIn": True}}
    aws = Autoscaling(members, **settings, **reuse)
    assert target(aws, "Terminating:Wait", desired=desired) == expected
    assert target(Autoscaling(members, **settings), "Terminating:Wait", desired=desired) == "Terminated"
