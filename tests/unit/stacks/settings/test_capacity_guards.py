"""What AWS and the design exclude of warm pools, instance types and spot is refused by name, all at once."""

from typing import Any

import pytest

from stacks.settings.capacity_guards import disk_for, pool_of, unused_variables, variable_checks
from stacks.settings.loading import check_context


def mistakes(**context: Any) -> list[str]:
    return check_context(context)[1]


@pytest.mark.parametrize(
    ("context", "named", "remedy"),
    [
        (
            {"warm_pool": "stopped", "worker_spot": "on"},
            "warm_pool, worker_spot = ('stopped', 'on')",
            "Leave warm_pool out",
        ),
        ({"warm_pool": "warm"}, "warm_pool = 'warm'", 'Use "off", "stopped" or "hibernated"'),
        (
            {"warm_pool": "stopped", "warm_pool_size": 5},
            "warm_pool_size, max_size = (5, 4)",
            "Lower warm_pool_size or raise max_size",
        ),
        (
            {"warm_pool": "stopped", "worker_warm_pool_size": 6},
            "worker_warm_pool_size, worker_max_size = (6, 5)",
            "raise worker_max_size",
        ),
        (
            {"warm_pool": "hibernated", "root_volume_gib": 40},
            "warm_pool, root_volume_gib = ('hibernated', 40)",
            "at least 46",
        ),
        (
            {"warm_pool": "hibernated", "instance_type": "g5.xlarge"},
            "AWS cannot hibernate instances of g5.xlarge",
            'Set warm_pool to "stopped"',
        ),
        (
            {"warm_pool": "hibernated", "worker_instance_type": "r6i.8xlarge"},
            "warm_pool, worker_instance_type = ('hibernated', 'r6i.8xlarge')",
            'Set warm_pool to "stopped"',
        ),
        (
            {"warm_pool": "hibernated", "worker_instance_type": "r6i.xlarge"},
            "AWS cannot hibernate instances of r6i.xlarge",
            "r5.xlarge, r5a.xlarge, r6a.xlarge",
        ),
        (
            {"warm_pool": "hibernated", "instance_types": ["m6a.xlarge", "r6i.large"]},
            "warm_pool, instance_types = ('hibernated', ('m6a.xlarge', 'r6i.large')): AWS cannot hibernate instances of "
            "r6i.large",
            "choose among",
        ),
        (
            {"warm_pool": "hibernated", "launch": "configuration"},
            'with launch = "configuration" instances cannot hibernate',
            'Set launch to "template"',
        ),
        (
            {"instance_types": ["m6a.xlarge"], "launch": "configuration"},
            "AWS takes several types from a launch template only",
            "leave the list empty",
        ),
        (
            {"instance_types": ["m6a.2xlarge"]},
            "a m6i.xlarge has 16 GiB of memory, but m6a.2xlarge has 32 GiB",
            "Choose among",
        ),
        ({"instance_types": ["m7g.xlarge"]}, "m7g.xlarge would need one for arm64", "m6a.xlarge"),
        ({"worker_instance_types": ["m99.huge"]}, "the size of m99.huge is not known", "m6a.xlarge"),
        (
            {"worker_instance_types": ["m6i.xlarge"]},
            "m6i.xlarge is worker_instance_type already",
            "Choose among",
        ),
        (
            {"worker_instance_types": ["m6a.xlarge", "m6a.xlarge"]},
            "'m6a.xlarge' is there twice",
            "Give a list of different EC2 instance types",
        ),
        (
            {"profile": "original", "warm_pool": "stopped"},
            "warm_pool = 'stopped'",
            'Set profile to "recommended"',
        ),
        ({"profile": "original", "worker_spot": "on"}, "worker_spot = 'on'", 'Set profile to "recommended"'),
        (
            {"profile": "original", "worker_instance_types": ["t3a.small"]},
            "worker_instance_types",
            'Set profile to "recommended"',
        ),
    ],
)
def test_each_is_refused_by_name_with_a_remedy(context: dict[str, Any], named: str, remedy: str) -> None:
    found = mistakes(**context)
    assert len(found) == 1, found
    assert named in found[0]
    assert remedy in found[0]


def test_all_mistakes_are_said_at_once() -> None:
    found = mistakes(
        warm_pool="hibernated", worker_spot="on", warm_pool_size=9, instance_types=["m6a.large", "m7g.xlarge"]
    )
    assert len(found) == 4
    assert len(set(found)) == 4


@pytest.mark.parametrize(
    "context",
    [
        {"warm_pool": "stopped", "instance_types": ["m6a.xlarge", "m7i.xlarge"]},
        {"warm_pool": "hibernated", "worker_instance_types": ["r6a.large"]},
        {"worker_spot": "on"},
        {"worker_spot": "on", "worker_instance_types": ["m6a.xlarge"]},
        {"warm_pool": "stopped", "launch": "configuration"},
        {
            "warm_pool": "stopped",
            "max_size": 1,
        },  # the pool's size is the table's, and no mistake of the operator
        {"warm_pool": "off", "warm_pool_size": 4},
    ],
)
def test_what_works_is_not_refused(context: dict[str, Any]) -> None:
    assert mistakes(**context) == []


def test_spot_workers_have_no_pool_unless_one_is_asked_for() -> None:
    settings, _ = check_context({"worker_spot": "on"})
    assert pool_of("recommended", settings.chef_hub) == "off"
    assert pool_of("original", settings.aws_lab) == "off"


def test_the_original_profile_has_no_variable_of_what_it_does_not_use() -> None:
    settings, _ = check_context({"profile": "original"})
    assert unused_variables("original", settings.chef_hub) >= {
        "worker_warm_pool_size",
        "worker_on_demand_base",
        "worker_on_demand_percent",
    }
    assert unused_variables("recommended", settings.chef_hub) == set()


def test_variables_set_when_terraform_plans_are_held_to_the_same() -> None:
    settings, _ = check_context({"warm_pool": "hibernated", "instance_types": ["m6a.xlarge"]})
    checks = variable_checks("aws-lab", "recommended", settings.aws_lab)
    assert checks["warm_pool_size"][0].condition == (
        f"var.warm_pool_size <= max(var.max_size, {settings.aws_lab.warm_pool_size})"
    )
    assert '"m7i.xlarge"' in checks["instance_type"][0].condition
    assert '"m7i.2xlarge"' not in checks["instance_type"][0].condition
    assert '"r6i.large"' not in checks["instance_type"][0].condition, "it cannot hibernate"
    assert checks["root_volume_gib"][0].condition == "var.root_volume_gib >= 46"
    assert variable_checks("aws-lab", "recommended", check_context({"warm_pool": "off"})[0].aws_lab) == {}


def test_a_root_volume_takes_the_system_and_the_memory() -> None:
    assert disk_for(16) == 46
    assert disk_for(0.5) == 31
