"""The Lab's subnets: one per zone, public, and used by balancer, instances and homes."""

from collections.abc import Callable
from typing import Any

import pytest

Configuration = dict[str, Any]


@pytest.mark.parametrize("count", [2, 3, 6])
def test_balancer_and_instances_are_in_as_many_zones_as_set(
    synth: Callable[..., Configuration], count: int
) -> None:
    lab_resources = synth("aws-lab", zone_count=count)["resource"]
    subnets = [f"${{aws_subnet.public_{number}.id}}" for number in range(1, count + 1)]
    assert lab_resources["aws_lb"]["lab"]["subnets"] == subnets
    assert lab_resources["aws_autoscaling_group"]["lab"]["vpc_zone_identifier"] == subnets
    zones = [
        lab_resources["aws_subnet"][f"public_{number}"]["availability_zone"] for number in range(1, count + 1)
    ]
    assert len(set(zones)) == count
    targets = [target["subnet_id"] for target in lab_resources["aws_efs_mount_target"].values()]
    assert targets == subnets


def test_subnets_are_public(lab_resources: Configuration) -> None:
    for number in (1, 2):
        assert lab_resources[f"aws_subnet.public_{number}"]["map_public_ip_on_launch"] is True
        association = lab_resources[f"aws_route_table_association.public_{number}"]
        assert association["route_table_id"] == "${aws_route_table.public.id}"
    route = lab_resources["aws_route.internet"]
    assert route["destination_cidr_block"] == "0.0.0.0/0"
    assert route["gateway_id"] == "${aws_internet_gateway.lab.id}"
