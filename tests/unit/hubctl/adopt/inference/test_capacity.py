"""Warm pools, types and spot that a state has become settings where ours would write the same, and are kept otherwise."""

import json
from typing import Any

import pytest

from hubctl.adopt.inference.capacity import pool_settings, type_settings
from hubctl.adopt.state.existing import Existing, ExistingState
from hubctl.adopt.state.state_file import read_state

POOL = {
    "pool_state": "Stopped",
    "min_size": 2,
    "max_group_prepared_capacity": 2,
    "instance_reuse_policy": [{"reuse_on_scale_in": True}],
}
DISTRIBUTION = {
    "on_demand_allocation_strategy": "prioritized",
    "on_demand_base_capacity": 0,
    "on_demand_percentage_above_base_capacity": 100,
    "spot_allocation_strategy": "price-capacity-optimized",
    "spot_instance_pools": 0,
    "spot_max_price": "",
}
LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"


def state(
    pool: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
    transition: str = LAUNCHING,
    sizes: dict[str, int] | None = None,
) -> ExistingState:
    group = {
        "name": "lab",
        **(sizes or {}),
        "warm_pool": [pool] if pool else [],
        "mixed_instances_policy": [policy] if policy else [],
    }
    hook = {"name": "lab-launching", "autoscaling_group_name": "lab", "lifecycle_transition": transition}
    resources = {
        "aws_autoscaling_group": group,
        "aws_autoscaling_lifecycle_hook": hook,
        "aws_launch_template": {"id": "lt-1", "instance_type": "m6i.xlarge"},
    }
    document = {
        "version": 4,
        "resources": [
            {
                "mode": "managed",
                "type": kind,
                "name": "lab",
                "provider": 'provider["registry.example/hashicorp/aws"]',
                "instances": [{"attributes": values}],
            }
            for kind, values in resources.items()
        ],
    }
    return read_state(json.dumps(document), "state")


def one(found: ExistingState, kind: str) -> Existing:
    (resource,) = found.of(kind)
    return resource


def pool_of(found: ExistingState, *, recommended: bool = True) -> dict[str, Any]:
    group = one(found, "aws_autoscaling_group")
    return dict(pool_settings(found, group, recommended=recommended, size="warm_pool_size"))


def types_of(*overrides: dict[str, Any], spot: bool = False, **distribution: Any) -> dict[str, Any]:
    policy = {
        "instances_distribution": [{**DISTRIBUTION, **distribution}],
        "launch_template": [{"override": list(overrides)}],
    }
    found = state(policy=policy)
    group, launch = one(found, "aws_autoscaling_group"), one(found, "aws_launch_template")
    return dict(type_settings(group, launch, types="instance_types", spot=spot))


def test_a_pool_as_ours_becomes_settings() -> None:
    assert pool_of(state(POOL)) == {"warm_pool": "stopped", "warm_pool_size": 2}
    hibernated = {**POOL, "pool_state": "Hibernated", "instance_reuse_policy": []}
    assert pool_of(state(hibernated)) == {
        "warm_pool": "hibernated",
        "warm_pool_size": 2,
        "warm_pool_reuse": False,
    }


@pytest.mark.parametrize(
    ("numbers", "size"),
    [
        (
            {"min_size": 0, "max_group_prepared_capacity": -1},
            3,
        ),  # AWS's own: as many as the group can grow by
        ({"min_size": 2, "max_group_prepared_capacity": 2}, 2),
        ({"min_size": 3, "max_group_prepared_capacity": 3}, None),  # ours would grow smaller with the group
        ({"min_size": 1, "max_group_prepared_capacity": -1}, None),
        ({"min_size": 0, "max_group_prepared_capacity": 2}, None),
    ],
)
def test_a_pool_of_the_sizes_that_ours_would_have_becomes_settings(
    numbers: dict[str, int], size: int | None
) -> None:
    found = pool_of(state({**POOL, **numbers}, sizes={"min_size": 1, "max_size": 4}))
    assert found == (
        {"warm_pool": "off"} if size is None else {"warm_pool": "stopped", "warm_pool_size": size}
    )


@pytest.mark.parametrize(
    "found",
    [
        state(),
        state({**POOL, "pool_state": "Running"}),
        state({**POOL, "max_group_prepared_capacity": -1}),
        state(POOL, transition="autoscaling:EC2_INSTANCE_TERMINATING"),
    ],
)
def test_another_pool_or_none_is_written_down_as_none_of_ours(found: ExistingState) -> None:
    assert pool_of(found) == {"warm_pool": "off"}
    assert pool_of(found, recommended=False) == {}  # which never has one


def test_types_in_our_order_become_a_setting() -> None:
    override = [{"instance_type": "m6i.xlarge", "weighted_capacity": ""}, {"instance_type": "m6a.xlarge"}]
    assert types_of(*override) == {"instance_types": ["m6a.xlarge"]}


@pytest.mark.parametrize(
    ("overrides", "distribution"),
    [
        ([{"instance_type": "m6a.xlarge"}], {}),  # does not begin with the template's
        ([{"instance_type": "m6i.xlarge", "weighted_capacity": "2"}], {}),
        ([{"instance_type": "m6i.xlarge"}], {"spot_allocation_strategy": "lowest-price"}),
        ([{"instance_type": "m6i.xlarge"}], {"on_demand_percentage_above_base_capacity": 50}),
        ([], {}),
    ],
)
def test_what_ours_would_write_otherwise_is_left_to_be_kept(
    overrides: list[dict[str, Any]], distribution: dict[str, Any]
) -> None:
    assert types_of(*overrides, **distribution) == {}


def test_spot_workers_become_settings() -> None:
    share = {"on_demand_base_capacity": 2, "on_demand_percentage_above_base_capacity": 25}
    assert types_of({"instance_type": "m6i.xlarge"}, spot=True, **share) == {
        "worker_spot": "on",
        "worker_on_demand_base": 2,
        "worker_on_demand_percent": 25,
    }
