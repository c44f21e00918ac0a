"""Warm pools, several types and spot with the real provider: they come in place, and a second plan finds nothing to do."""

import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.terraform.driver import Terraform
from hubctl.core.terraform.plan import plan_from_json
from hubctl.trial.aws.server import LocalAws
from stacks.registry import STACK_NAMES

pytestmark = [pytest.mark.terraform, pytest.mark.apply]

BEFORE: dict[str, Any] = {"warm_pool": "off", "monitoring": False, "backups": False}
AFTER: dict[str, dict[str, Any]] = {
    "aws-lab": {**BEFORE, "warm_pool": "stopped", "instance_types": ["m6a.xlarge", "m7i.xlarge"]},
    "chef-hub": {**BEFORE, "worker_spot": "on", "worker_instance_types": ["r6i.large"]},
}
GROUPS = {"aws-lab": "aws_autoscaling_group.lab", "chef-hub": "aws_autoscaling_group.chef-workers"}
POOLED = {"aws-lab": "aws_autoscaling_lifecycle_hook.launching"}


@pytest.fixture(scope="module")
def deployed(
    stacks_of: Callable[..., Path],
    terraform: Callable[[Path], Terraform],
    variables: Mapping[str, Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, Terraform]:
    """Both stacks, applied without any of it, and then given the configuration with all of it."""
    there = tmp_path_factory.mktemp("capacity")
    drivers = {}
    for stack in STACK_NAMES:
        folder = Path(shutil.copytree(stacks_of(**BEFORE) / stack, there / stack))
        drivers[stack] = terraform(folder)
    with ThreadPoolExecutor(len(STACK_NAMES)) as pool:
        for outcome in [
            pool.submit(drivers[stack].apply, variables=variables[stack]) for stack in STACK_NAMES
        ]:
            outcome.result()
    for stack in STACK_NAMES:
        shutil.copytree(stacks_of(**AFTER[stack]) / stack, there / stack, dirs_exist_ok=True)
    return drivers


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_they_come_in_place_and_a_second_plan_is_empty(
    deployed: Mapping[str, Terraform],
    local_aws: LocalAws,
    variables: Mapping[str, Mapping[str, str]],
    stack: str,
) -> None:
    given = {**variables[stack], **({"warm_pool_size": 2} if stack == "aws-lab" else {})}
    plan = deployed[stack].plan(variables=given)
    actions = {change.address: change.action for change in plan.changes if change.action != "no-op"}
    assert actions.pop(GROUPS[stack]) == "update", plan.describe()
    created = {address for address, action in actions.items() if action == "create"}
    assert created == {address for address in (POOLED.get(stack),) if address}, plan.describe()
    assert set(actions.values()) <= {"create", "update"}, plan.describe()
    deployed[stack].apply(variables=given)
    second = plan_from_json(deployed[stack].plan_document(variables=given))
    assert second.is_empty, second.describe()
    _look_into_the_account(local_aws, stack)


def _look_into_the_account(local_aws: LocalAws, stack: str) -> None:
    client = local_aws.client("autoscaling")
    name = "aws-lab" if stack == "aws-lab" else "jupyter-workers-asg"
    (group,) = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    distribution = group["MixedInstancesPolicy"]["InstancesDistribution"]
    if stack == "aws-lab":
        pool = client.describe_warm_pool(AutoScalingGroupName=name)["WarmPoolConfiguration"]
        assert (pool["MinSize"], pool["MaxGroupPreparedCapacity"], pool["PoolState"]) == (2, 2, "Stopped")
        assert distribution["OnDemandPercentageAboveBaseCapacity"] == 100
    else:
        assert (distribution["OnDemandBaseCapacity"], distribution["SpotAllocationStrategy"]) == (
            1,
            "price-capacity-optimized",
        )


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"warm_pool_size": 5}, "warm_pool_size: instances beyond max_size could never serve"),
        ({"instance_type": "m6i.2xlarge"}, "instance_type: as instance_types was made for a m6i.xlarge"),
    ],
)
def test_variables_that_do_not_fit_are_refused_by_name(
    deployed: Mapping[str, Terraform],
    variables: Mapping[str, Mapping[str, str]],
    given: dict[str, Any],
    named: str,
) -> None:
    with pytest.raises(HubctlError) as caught:
        deployed["aws-lab"].plan(refresh=False, variables={**variables["aws-lab"], **given})
    assert named in " ".join(str(caught.value).replace("\u2502", " ").split())
