"""The trials get the stack's sizes: places, thresholds, memory; and the group's smallest size as AWS sets it."""

from typing import Any

import pytest

from hubctl.rehearse.stages import Sizes, cluster_settings, lab_settings, raise_smallest
from stacks.settings.scaling_guards import flapping
from tests.unit.hubctl.rehearse.test_report import report

VALUES = {"scale_up_threshold": 6, "scale_down_threshold": 2, "hub_max_users": 40}


def sizes(places: int, **changes: Any) -> Sizes:
    given: dict[str, Any] = {"smallest": 1, "largest": 3, "speed": 10.0, "users": 12}
    return Sizes(places=places, **{**given, **changes})


def test_a_host_of_the_lab_takes_as_many_users_as_an_instance() -> None:
    made = lab_settings(sizes(9), report().model, VALUES)
    assert (made.scale_up_threshold, made.scale_down_threshold, made.user_memory_gib) == (6, 2, 1.5)
    assert (made.min_size, made.max_size, made.speed) == (1, 3, 10.0)


@pytest.mark.parametrize("places", [1, 2, 3, 4, 6, 9])
def test_with_fewer_places_thresholds_shrink_too_and_do_not_flap(places: int) -> None:
    made = lab_settings(sizes(places), report().model, VALUES)
    assert 1 <= made.scale_up_threshold <= places
    assert made.scale_down_threshold >= 1
    assert int((13.5) / made.user_memory_gib) == places
    if places > 4:
        assert flapping(made) is None


def test_workers_show_the_whole_machine_so_a_servers_limit_decides_how_many_fit() -> None:
    made = cluster_settings(sizes(4), VALUES, machine_gib=16.25)
    assert made.user_memory_gib == 4.0
    assert (made.workers, made.max_workers, made.max_users, made.speed) == (1, 3, 40, 10.0)


def test_the_smallest_size_raises_what_is_desired_and_never_lowers_it() -> None:
    class Group:
        def __init__(self, desired: int) -> None:
            self.asked: dict[str, Any] = {}
            self.desired = desired

        def describe_auto_scaling_groups(self, **_: Any) -> Any:
            return {"AutoScalingGroups": [{"DesiredCapacity": self.desired}]}

        def update_auto_scaling_group(self, **asked: Any) -> None:
            self.asked = asked

    for desired, smallest, expected in ((1, 3, 3), (4, 2, 4)):
        group = Group(desired)
        raise_smallest(group, "workers", smallest)
        assert group.asked == {
            "AutoScalingGroupName": "workers", "MinSize": smallest, "DesiredCapacity": expected,
        }  # fmt: skip
