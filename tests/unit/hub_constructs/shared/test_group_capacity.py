"""Groups with a warm pool, several types and spot: what Terraform is told, and what stays as it was without."""

from collections.abc import Callable
from typing import Any

import pytest

Configuration = dict[str, Any]
GROUPS = {"aws-lab": "lab", "chef-hub": "chef-workers"}
HOOKS = {"aws-lab": "launching", "chef-hub": "chef-workers-launching"}


def group(configuration: Configuration, stack: str) -> Configuration:
    found: Configuration = configuration["resource"]["aws_autoscaling_group"][GROUPS[stack]]
    return found


@pytest.mark.parametrize("stack", GROUPS)
def test_a_pool_has_its_size_or_what_the_group_can_still_grow_by(
    synth: Callable[..., Configuration], stack: str
) -> None:
    pool = group(synth(stack, warm_pool="stopped"), stack)["warm_pool"]
    assert pool["pool_state"] == "Stopped"
    prefix = "worker_" if stack == "chef-hub" else ""
    size = f"var.{prefix}warm_pool_size"
    smaller = f"{size} < var.{prefix}max_size - var.{prefix}min_size"
    assert pool["min_size"] == f"${{{smaller} ? {size} : 0}}"
    # -1 is AWS's default: the largest size
    assert pool["max_group_prepared_capacity"] == f"${{{smaller} ? {size} : -1}}"
    assert pool["instance_reuse_policy"] == {"reuse_on_scale_in": True}
    other = group(synth(stack, warm_pool="stopped", warm_pool_reuse=False), stack)["warm_pool"]
    assert other["instance_reuse_policy"] == {"reuse_on_scale_in": False}


@pytest.mark.parametrize("stack", GROUPS)
def test_a_new_instance_waits_at_a_hook_until_it_is_ready(
    synth: Callable[..., Configuration], stack: str
) -> None:
    with_pool = synth(stack, warm_pool="stopped")
    hook = with_pool["resource"]["aws_autoscaling_lifecycle_hook"][HOOKS[stack]]
    assert hook["lifecycle_transition"] == "autoscaling:EC2_INSTANCE_LAUNCHING"
    assert hook["default_result"] == "CONTINUE"  # a group with an older image must still grow
    assert hook["heartbeat_timeout"] >= 600
    assert group(with_pool, stack)["default_instance_warmup"] == 60
    without = synth(stack, warm_pool="off")
    assert HOOKS[stack] not in without["resource"]["aws_autoscaling_lifecycle_hook"]
    assert "warm_pool" not in group(without, stack)


def test_the_lab_tells_its_instances_the_hook(synth: Callable[..., Configuration]) -> None:
    settings = synth("aws-lab", warm_pool="stopped")["locals"]["instance_settings"]
    assert settings["launching_hook"] == "${var.name}-launching"
    assert "launching_hook" not in synth("aws-lab", warm_pool="off")["locals"]["instance_settings"]


def test_workers_may_ask_the_hook_for_time_of_their_group_only(synth: Callable[..., Configuration]) -> None:
    policy = str(synth("chef-hub", warm_pool="stopped")["resource"]["aws_iam_role_policy"])
    assert "autoscaling:RecordLifecycleActionHeartbeat" in policy
    without = str(synth("chef-hub", warm_pool="off")["resource"]["aws_iam_role_policy"])
    assert "autoscaling:RecordLifecycleActionHeartbeat" not in without


@pytest.mark.parametrize("stack", GROUPS)
def test_hibernating_instances_say_so_in_their_template(
    synth: Callable[..., Configuration], stack: str
) -> None:
    found = synth(stack, warm_pool="hibernated")
    template = found["resource"]["aws_launch_template"][GROUPS[stack]]
    assert template["hibernation_options"] == {"configured": True}
    assert group(found, stack)["warm_pool"]["pool_state"] == "Hibernated"
    (root,) = template["block_device_mappings"]
    assert root["ebs"]["encrypted"] == "true"
    if stack == "chef-hub":
        assert root["ebs"]["volume_size"] == 60 + 16  # the memory of a m6i.xlarge
    stopped = synth(stack, warm_pool="stopped")["resource"]["aws_launch_template"][GROUPS[stack]]
    assert "hibernation_options" not in stopped


@pytest.mark.parametrize(
    ("stack", "key"), [("aws-lab", "instance_type"), ("chef-hub", "worker_instance_type")]
)
def test_several_types_are_taken_in_their_order_and_on_demand(
    synth: Callable[..., Configuration], stack: str, key: str
) -> None:
    found = group(synth(stack, **{f"{key}s": ["m6a.xlarge", "m7i.xlarge"]}), stack)
    assert "launch_template" not in found
    policy = found["mixed_instances_policy"]
    assert [one["instance_type"] for one in policy["launch_template"]["override"]] == [
        f"${{var.{key}}}",
        "m6a.xlarge",
        "m7i.xlarge",
    ]
    assert policy["instances_distribution"] == {
        "on_demand_allocation_strategy": "prioritized",
        "on_demand_base_capacity": 0,
        "on_demand_percentage_above_base_capacity": 100,
        "spot_allocation_strategy": "price-capacity-optimized",
    }


def test_spot_workers_have_a_base_on_demand_and_no_pool(synth: Callable[..., Configuration]) -> None:
    found = group(synth("chef-hub", worker_spot="on"), "chef-hub")
    distribution = found["mixed_instances_policy"]["instances_distribution"]
    assert distribution["on_demand_base_capacity"] == "${var.worker_on_demand_base}"
    assert distribution["on_demand_percentage_above_base_capacity"] == "${var.worker_on_demand_percent}"
    assert "warm_pool" not in found
    assert "capacity_rebalance" not in found  # it would end instances that AWS does not take back


@pytest.mark.parametrize("stack", GROUPS)
def test_the_original_profile_stays_as_it_was(synth: Callable[..., Configuration], stack: str) -> None:
    found = synth(stack, profile="original")
    assert not [name for name in found["variable"] if "pool" in name or "on_demand" in name]
    assert not {"warm_pool", "mixed_instances_policy"} & set(group(found, stack))


@pytest.mark.parametrize("stack", GROUPS)
def test_the_dashboard_shows_the_pool_and_no_alarm_counts_it(
    synth: Callable[..., Configuration], stack: str
) -> None:
    pooled, without = synth(stack, warm_pool="stopped"), synth(stack, warm_pool="off")
    assert "WarmPoolWarmedCapacity" in group(pooled, stack)["enabled_metrics"]
    assert "WarmPoolWarmedCapacity" not in group(without, stack)["enabled_metrics"]
    dashboards = [str(one["resource"]["aws_cloudwatch_dashboard"]) for one in (pooled, without)]
    assert ["WarmPoolWarmedCapacity" in text for text in dashboards] == [True, False]
    alarms = [one["resource"]["aws_cloudwatch_metric_alarm"] for one in (pooled, without)]
    assert alarms[0] == alarms[1]
    assert "WarmPool" not in str(alarms[0])


def test_a_pool_lets_the_lab_grow_again_as_soon_as_an_instance_serves(
    synth: Callable[..., Configuration],
) -> None:
    policies = [
        synth("aws-lab", warm_pool=pool)["resource"]["aws_autoscaling_policy"]["scale_up"]
        for pool in ("stopped", "off")
    ]
    assert [policy["estimated_instance_warmup"] for policy in policies] == [60, 300]
