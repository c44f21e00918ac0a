"""What stands in the subnets: instances, groups of instances, and mount targets, with their security groups.

What makes an auto scaling group grow and shrink is said in a line for each policy.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hubctl.core.configuration.launches import pool_sizes
from hubctl.diagram.model import Configuration, PictureNode, Resource, addresses_in

_WHILE_LOW = re.compile(r"IF\((\w+) < (.+), (\w+), -1\)")
COMPARISONS = {
    "GreaterThanOrEqualToThreshold": "≥",
    "GreaterThanThreshold": ">",
    "LessThanOrEqualToThreshold": "≤",
    "LessThanThreshold": "<",
}
MINUS = "\N{MINUS SIGN}"
METRICS = {"ASGAverageCPUUtilization": "CPU", "UserSessions": "sessions", "FreePlaces": "free places"}
MOST_STEPS = 3  # that are written one by one


@dataclass(frozen=True, kw_only=True)
class NetworkPlace:
    """A node in the network: its security groups, the IAM profiles of its machines, and the group that starts it.

    ``stays`` says that traffic to it comes from its own subnet if it can, as to a mount target.
    """

    node: PictureNode
    groups: tuple[str, ...]
    role: str | None = None
    scaled_by: str | None = None
    stays: bool = False


def places(configuration: Configuration, vpc: str | None) -> Iterator[NetworkPlace]:
    """Yield all that has security groups, balancers first; ``vpc`` frames what lies in several subnets."""
    for balancer in configuration.all("aws_lb"):
        inside = "internal" if balancer.values.get("internal") is True else "public"
        node = PictureNode(
            name=balancer.address,
            icon="network.ElbApplicationLoadBalancer",
            lines=("Load balancer", f"{balancer.values.get('name', balancer.name)}, {inside}"),
            cluster=vpc,
        )
        yield NetworkPlace(node=node, groups=tuple(balancer.refers("security_groups")))
    elastic = {name for address in configuration.all("aws_eip") for name in address.refers("instance")}
    for instance in configuration.all("aws_instance"):
        yield _instance(configuration, instance, elastic=instance.address in elastic)
    for group in configuration.all("aws_autoscaling_group"):
        yield from _members(configuration, group)
    for target in configuration.all("aws_efs_mount_target"):
        node = PictureNode(
            name=target.address,
            icon="network.VPCElasticNetworkInterface",
            lines=("EFS mount target",),
            cluster=next(iter(target.refers("subnet_id")), None),
        )
        yield NetworkPlace(node=node, groups=tuple(target.refers("security_groups")), stays=True)


def _instance(configuration: Configuration, instance: Resource, *, elastic: bool) -> NetworkPlace:
    name = (instance.values.get("tags") or {}).get("Name", instance.name)
    node = PictureNode(
        name=instance.address,
        icon="compute.EC2",
        lines=(str(name), f"{instance.values.get('instance_type', '')}{', Elastic IP' if elastic else ''}"),
        cluster=next(iter(instance.refers("subnet_id")), None),
    )
    groups = instance.refers("vpc_security_group_ids", "security_groups")
    return NetworkPlace(
        node=node, groups=tuple(groups), role=_role(configuration, instance.refers("iam_instance_profile"))
    )


def _members(configuration: Configuration, group: Resource) -> Iterator[NetworkPlace]:
    """Yield the group's instances, one node a subnet."""
    launched = group.refers("launch_template", "launch_configuration", "mixed_instances_policy")
    launch = next(
        (configuration.resources[name] for name in launched if name in configuration.resources), group
    )
    name = next(
        (tag["value"] for tag in group.values.get("tag") or [] if tag.get("key") == "Name"), group.name
    )
    kind = str(launch.values.get("instance_type", ""))
    spot = launch.values.get("spot_price") or launch.values.get("instance_market_options")
    groups = launch.refers("vpc_security_group_ids", "security_groups")
    groups += addresses_in(
        [part.get("security_groups") for part in launch.raw.get("network_interfaces") or []]
    )
    for subnet in group.refers("vpc_zone_identifier"):
        node = PictureNode(
            name=f"{group.address} in {subnet}",
            icon="compute.EC2Instances",
            lines=(str(name), f"{kind}, spot instances" if spot else f"{kind} instances"),
            cluster=subnet,
        )
        yield NetworkPlace(
            node=node,
            groups=tuple(dict.fromkeys(groups)),
            role=_role(configuration, launch.refers("iam_instance_profile")),
            scaled_by=group.address,
        )


def _role(configuration: Configuration, profiles: list[str]) -> str | None:
    """Return the address of the role in an instance profile."""
    for profile in profiles:
        if profile in configuration.resources:
            return next(iter(configuration.resources[profile].refers("role")), None)
    return None


def readiness_lines(configuration: Configuration, group: Resource) -> Iterator[str]:
    """Yield what is up before users come: ``2 more stopped, ready`` for a warm pool, and scheduled actions."""
    pool = group.values.get("warm_pool")
    sizes = pool_sizes(group.values)
    if sizes is not None and (pool := (pool[0] if isinstance(pool, list) and pool else pool)):
        state = str(pool.get("pool_state") or "Stopped").lower()
        yield f"{sizes.stopped(sizes.usual):g} more {state}, ready"
    schedules = [
        schedule
        for schedule in configuration.all("aws_autoscaling_schedule")
        if group.address in schedule.refers("autoscaling_group_name")
    ]
    if any("for_each" in schedule.raw for schedule in schedules):
        yield "follows a timetable"
    elif schedules:
        yield f"{len(schedules)} scheduled action{'s' if len(schedules) > 1 else ''}"


def scaling_lines(configuration: Configuration, group: Resource) -> Iterator[str]:
    """Yield ``sessions ≥ 8: +1, +2`` for alarms with a policy, ``keeps CPU at 40 %`` for a target."""
    for policy in configuration.all("aws_autoscaling_policy"):
        if group.address not in policy.refers("autoscaling_group_name"):
            continue
        if target := policy.values.get("target_tracking_configuration"):
            tracked = target[0] if isinstance(target, list) else target
            metric = (tracked.get("predefined_metric_specification") or {}).get("predefined_metric_type", "")
            yield f"keeps {METRICS.get(metric, metric)} at {tracked.get('target_value')} %"
            continue
        for alarm in configuration.all("aws_cloudwatch_metric_alarm"):
            if policy.address in alarm.refers("alarm_actions") and not _never(alarm):
                steps = list(_steps(policy))
                shown = f"{steps[0]} to {steps[-1]}" if len(steps) > MOST_STEPS else ", ".join(steps)
                yield f"{_condition(alarm)}: {shown}"


def _never(alarm: Resource) -> bool:
    """Tell whether an alarm waits for fewer places than none, as where no places are kept free."""
    return alarm.values.get("metric_name") == "FreePlaces" and alarm.values.get("threshold") in (0, "0")


def _condition(alarm: Resource) -> str:
    queries = list(alarm.values.get("metric_query") or ())
    metrics = {
        query.get("id"): query["metric"].get("metric_name") for query in queries if query.get("metric")
    }
    for query in queries:
        # What is free decides, while something else is low: the threshold is a number of places that Terraform reckons.
        if found := _WHILE_LOW.fullmatch(str(query.get("expression"))):
            low, free = (str(metrics.get(name)) for name in found.group(1, 3))
            return f"{METRICS.get(low, low)} < {found[2]}, enough {METRICS.get(free, free)}"
    metric = str(next(iter(metrics.values()), alarm.values.get("metric_name")))
    comparison = COMPARISONS.get(str(alarm.values.get("comparison_operator")), "?")
    return f"{METRICS.get(metric, metric)} {comparison} {alarm.values.get('threshold')}"


def _steps(policy: Resource) -> Iterator[str]:
    steps: list[Any] = [step.get("scaling_adjustment") for step in policy.values.get("step_adjustment") or []]
    for adjustment in steps or [policy.values.get("scaling_adjustment")]:
        yield f"{adjustment:+d}".replace("-", MINUS) if isinstance(adjustment, int) else str(adjustment)
