"""What is watched of an auto scaling group: whether it is at its largest, and whether instances fail to come."""

from collections.abc import Iterator

from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup

from hub_constructs.monitoring.alarms import AlarmSpec
from hub_constructs.monitoring.metrics import Arithmetic, Metric

NAMESPACE = "AWS/AutoScaling"
DESIRED, IN_SERVICE, LARGEST = "GroupDesiredCapacity", "GroupInServiceInstances", "GroupMaxSize"
WATCHED = (DESIRED, IN_SERVICE, LARGEST, "GroupMinSize", "GroupPendingInstances", "GroupTerminatingInstances")


def publish_sizes(group: AutoscalingGroup) -> None:
    """Let the group publish its sizes, once a minute and free of charge: without it there is no metric to watch."""
    known = group.enabled_metrics_input or []
    group.enabled_metrics = [*known, *(name for name in WATCHED if name not in known)]


def group_metric(group_name: str, name: str, label: str = "") -> Metric:
    """Return one of the group's sizes.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html
    """
    return Metric(
        namespace=NAMESPACE,
        name=name,
        dimensions={"AutoScalingGroupName": group_name},
        statistic="Maximum",
        label=label,
    )


def group_alarms(group_name: str, what: str) -> Iterator[AlarmSpec]:
    """Yield the alarms of a group of ``what``, such as "workers". A group that is there always publishes its sizes."""
    sizes = {
        "desired": group_metric(group_name, DESIRED),
        "smallest": group_metric(group_name, "GroupMinSize"),
        "largest": group_metric(group_name, LARGEST),
        "serving": group_metric(group_name, IN_SERVICE),
    }
    yield AlarmSpec(
        address="capacity_at_max",
        says=f"There have been as many {what} as the group may have for a quarter of an hour: further users wait or are "
        "refused. Raise the largest size, if quotas and budget allow. A group of one fixed size never says this.",
        watched=Arithmetic(
            expression="IF(desired >= largest AND largest > smallest, 1, 0)",
            label="1: the group is at its largest",
            metrics={name: sizes[name] for name in ("desired", "smallest", "largest")},
        ),
        comparison="GreaterThanOrEqualToThreshold",
        threshold=1,
        periods=15,
        silence="notBreaching",
    )
    yield AlarmSpec(
        address="capacity_missing",
        says=f"Fewer {what} serve than are wanted, for half an hour: they fail to start, or never become healthy. The "
        "group's activity history says why.",
        watched=Arithmetic(
            expression="desired - serving",
            label=f"{what} that are wanted and do not serve",
            metrics={name: sizes[name] for name in ("desired", "serving")},
        ),
        comparison="GreaterThanOrEqualToThreshold",
        threshold=1,
        periods=30,
        silence="notBreaching",
    )
