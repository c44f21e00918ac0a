"""Guards: what is refused, with which numbers, and what passes."""

from typing import Any

import pytest

from stacks.settings.loading import check_context
from stacks.settings.scaling_guards import capacity, instance_type


def refused(**context: Any) -> list[str]:
    return check_context(context)[1]


@pytest.mark.parametrize(
    ("context", "named"),
    [
        (
            {"scale_down_threshold": 4, "scale_up_threshold": 8, "spare_places": 0},
            ["2 instances with just under 4 sessions", "2 x 4 / 1 = 8 sessions", "not below the 8", "holds"],
        ),
        (
            {"scale_down_threshold": 6, "scale_up_threshold": 8, "min_size": 2},
            ["3 instances with just under 6", "reduced to 2", "3 x 6 / 2 = 9", "not below the 8"],
        ),
        ({"scale_down_threshold": 0}, ["no average lies below 0", "can never fire", "at least 1"]),
        (
            {"instance_type": "t3.medium"},
            ["t3.medium is full before", "4 GiB less 1.5 GiB", "hold 1 users of 1.5 GiB", "8 x 1.5 = 12 GiB"],
        ),
        (
            {"user_memory_gib": 32},
            ["m6i.xlarge is too small for a single user", "16 GiB less 1.5 GiB", "0 users of 32 GiB"],
        ),
        ({"scale_up_threshold": 10}, ["10 x 1.5 = 15 GiB", "hold 9 users"]),
        # On three instances a spare place is a third of one: 8.67 is not below 8
        ({"scale_down_threshold": 7, "scale_up_threshold": 8, "spare_places": 1}, ["2 x 7 / 1 = 14"]),
    ],
)
def test_what_cannot_work_is_refused_with_its_arithmetic(context: dict[str, Any], named: list[str]) -> None:
    (mistake,) = refused(**context)
    assert not [text for text in named if text not in mistake], mistake


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"scale_down_threshold": 3, "scale_up_threshold": 7},
        {"scale_down_threshold": 5, "scale_up_threshold": 8, "min_size": 2},  # 3 x 5 / 2 = 7.5
        {"scale_down_threshold": 7, "min_size": 4},  # a group that keeps its size
        {"scale_down_threshold": 0, "min_size": 2, "max_size": 2},
        {"scale_up_threshold": 9},  # exactly full
        {"instance_type": "zz9.plural"},  # nothing is claimed of it
        {"instance_type": "t3.medium", "scaling_guards": False},
        {"user_memory_gib": 0.5, "instance_type": "t3.large"},
        {
            "scale_down_threshold": 8,
            "scale_up_threshold": 9,
            "spare_places": 1,
        },  # 9 places less a spare one: below 9
    ],
)
def test_what_works_passes(context: dict[str, Any]) -> None:
    assert refused(**context) == []


def test_the_guards_join_the_other_mistakes() -> None:
    found = refused(scale_down_threshold=4, spare_places=0, zone_count=0, instance_type="t3.medium")
    assert len(found) == 3


def test_thresholds_the_wrong_way_round_are_only_named_once() -> None:
    assert len(refused(scale_down_threshold=9)) == 1


def test_instance_types_are_what_ec2_says() -> None:
    moto = pytest.importorskip("moto.ec2.models.instance_types")
    for name in ("t3.medium", "m6i.xlarge", "m7i-flex.large", "r6i.2xlarge", "g5.xlarge"):
        size, said = instance_type(name), moto.INSTANCE_TYPES[name]
        assert size is not None
        assert size.memory_gib * 1024 == said["MemoryInfo"]["SizeInMiB"]
        assert size.vcpus == said["VCpuInfo"]["DefaultVCpus"]
    assert instance_type("m6i.gigantic") is None
    assert instance_type("nonsense") is None


@pytest.mark.parametrize(("memory", "user", "holds"), [(16, 1.5, 9), (4, 4, 0), (1, 1, 0), (8, 0.5, 13)])
def test_capacity(memory: float, user: float, holds: int) -> None:
    assert capacity(memory, user) == holds
