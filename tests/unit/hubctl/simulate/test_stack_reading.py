"""Models of the real stacks: what the simulator runs on is what Terraform would get."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import BadInputError
from hubctl.scaling.metrics import MetricId
from hubctl.scaling.policies import SimplePolicy, StepPolicy, TargetTrackingPolicy
from hubctl.scaling.warm_pool import WarmPoolSettings
from hubctl.simulate.stack_reading import model_of, read_stack

Models = Callable[..., Any]


def test_the_lab_is_read_as_it_is_synthesized(model: Models) -> None:
    lab = model("aws-lab", name="course", scale_up_threshold=6, min_size=2)
    assert (lab.group.name, lab.group.min_size, lab.group.max_size) == ("course", 2, 4)
    assert lab.group.default_warmup == 300
    assert lab.group.termination_policies == ("OldestLaunchTemplate", "Default")
    assert [hook.name for hook in lab.group.hooks] == ["course-drain"]
    assert lab.drain_timeout == 1800
    assert (lab.instance_type, lab.places, lab.spot) == ("m6i.xlarge", 9, False)
    spare, up, down = sorted(lab.policies, key=lambda policy: policy.name, reverse=True)
    assert isinstance(spare, StepPolicy)
    assert [(step.upper, step.lower) for step in spare.steps[:2]] == [(0, -9.5), (-9.5, -18.5)]
    assert isinstance(up, StepPolicy)
    assert [(step.lower, step.adjustment) for step in up.steps] == [(0, 1), (1, 2)]
    assert isinstance(down, StepPolicy)
    assert [(step.lower, step.adjustment) for step in down.steps[:3]] == [(0, -1), (9, -2), (18, -3)]
    high = next(alarm for alarm in lab.alarms if alarm.name == "course-sessions-high")
    assert (high.threshold, high.needed, high.evaluation_periods) == (6, 2, 3)
    assert high.missing == "notBreaching"
    assert high.actions == ("course-scale-up",)
    assert high.metric == MetricId(
        namespace="JupyterHub/Lab",
        name="UserSessions",
        dimensions=frozenset({("AutoScalingGroupName", "course")}),
    )


def test_spare_places_are_read_with_the_size_of_an_instance(model: Models) -> None:
    lab = model("aws-lab", spare_places=12)
    alarms = {alarm.name: alarm for alarm in lab.alarms}
    assert (alarms["aws-lab-places-low"].threshold, alarms["aws-lab-places-low"].actions) == (
        12,
        ("aws-lab-spare-up",),
    )
    assert alarms["aws-lab-sessions-low"].expression == "IF(sessions < 3, free, -1)"
    assert alarms["aws-lab-sessions-low"].threshold == 21
    bare = model("aws-lab", spare_places=0).alarms
    assert [alarm.threshold for alarm in bare if alarm.name == "aws-lab-sessions-low"] == [9]


def test_the_hub_is_read_as_it_is_synthesized(model: Models) -> None:
    hub = model("chef-hub", worker_cpu_target_percent=55)
    (policy,) = hub.policies
    assert isinstance(policy, TargetTrackingPolicy)
    assert policy.target == 55
    assert policy.metric.name == "CPUUtilization"
    assert (hub.group.min_size, hub.group.max_size, hub.max_users, hub.max_servers) == (1, 5, 50, 80)
    assert hub.places == 7
    assert hub.drain_timeout == 0


def test_simple_policies_are_read_too(synth: Callable[..., Any]) -> None:
    lab = model_of(synth("aws-lab", scaling_policies="simple"), "aws-lab", {})
    assert all(isinstance(policy, SimplePolicy) for policy in lab.policies)
    assert len(lab.alarms) == 3


def test_a_warm_pool_and_several_types_are_read(synth: Callable[..., Any]) -> None:
    settings = {"warm_pool": "stopped", "instance_types": ["m6a.xlarge"]}
    read = synth("aws-lab", **settings)
    group = model_of(read, "aws-lab", {"warm_pool_size": 4}).group
    # As many as the group can still grow by
    assert group.warm_pool == WarmPoolSettings(min_size=0, max_prepared=None, reuse_on_scale_in=True)
    smaller = model_of(read, "aws-lab", {"warm_pool_size": 2}).group
    assert smaller.warm_pool == WarmPoolSettings(min_size=2, max_prepared=2, reuse_on_scale_in=True)
    assert group.mixed is not None
    assert (group.mixed.types, group.mixed.on_demand_percent) == (("m6i.xlarge", "m6a.xlarge"), 100)
    workers = model_of(synth("chef-hub", worker_spot="on"), "chef-hub", {}).group
    assert workers.mixed is not None
    assert (workers.mixed.on_demand_base, workers.mixed.on_demand_percent) == (1, 0)
    assert workers.mixed.spot_strategy == "price-capacity-optimized"
    assert workers.warm_pool is None


def test_the_original_hub_has_spot_workers(synth: Callable[..., Any]) -> None:
    assert model_of(
        synth("chef-hub", profile="original"), "chef-hub", {"worker_instance_type": "m5.large"}
    ).spot


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"scale_upp": 3}, "no variable scale_upp"),
        ({"instance_type": "zz9.plural"}, "zz9.plural is not known"),
        (
            {"user_memory_gib": 100},
            "holds not a single user of 100 GiB; choose a larger instance type or a smaller user",
        ),
        ({"min_size": "many"}, "'many' is not a number"),
        ({"min_size": 9, "max_size": 2}, "smallest size 9"),
    ],
)
def test_what_cannot_be_simulated(model: Models, variables: dict[str, Any], named: str) -> None:
    with pytest.raises(BadInputError) as refused:
        model("aws-lab", **variables)
    assert named in refused.value.message


def test_a_file_that_is_no_stack(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        read_stack(tmp_path / "none.json", "aws-lab")
    (tmp_path / "cdk.tf.json").write_text("{}")
    with pytest.raises(BadInputError, match="cannot be simulated"):
        read_stack(tmp_path / "cdk.tf.json", "aws-lab")
