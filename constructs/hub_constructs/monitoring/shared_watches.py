"""What both stacks watch: the shared file system, the auto scaling group, and the limit on users' files.

Of the file system: throughput, operations and burst credits. Of the group: whether it is at its largest, and whether
instances fail to come. The limit on users' files is watched whatever kind of file system they lie on.
"""

from collections.abc import Iterator

from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup

from hub_constructs.monitoring.alarms import AlarmSpec, Metric, MetricMath, MissingData
from hub_constructs.monitoring.stack_monitoring import Graph

FILE_SYSTEM_NAMESPACE = "AWS/EFS"
BUSY_PERCENT = 80
# Bursting file systems start with 2.1 TiB of credits and burst at 100 MiB/s: what is left lasts for half an hour.
LOW_CREDITS = 192 * 2**30
GROUP_NAMESPACE = "AWS/AutoScaling"
DESIRED, IN_SERVICE, MAX_SIZE = "GroupDesiredCapacity", "GroupInServiceInstances", "GroupMaxSize"
GROUP_SIZES = (
    DESIRED,
    IN_SERVICE,
    MAX_SIZE,
    "GroupMinSize",
    "GroupPendingInstances",
    "GroupTerminatingInstances",
)
# Of its warm pool. The sizes above leave out what waits there.
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html
POOL_SIZES = {
    "WarmPoolWarmedCapacity": "ready",
    "WarmPoolPendingCapacity": "getting ready",
    "WarmPoolDesiredCapacity": "wanted",
}
# In percent of the limit: at 100 the hub refuses starts. The hub knows its limit and computes the percentage.
DISK_LIMIT = "DiskLimitPercent"
DISK_WARNING_PERCENT = 80


def file_system_metric(
    file_system_id: str, name: str, statistic: str, *, period: int = 60, label: str = ""
) -> Metric:
    """Return a metric of the file system: https://docs.aws.amazon.com/efs/latest/ug/efs-metrics.html."""
    return Metric(
        namespace=FILE_SYSTEM_NAMESPACE,
        name=name,
        dimensions={"FileSystemId": file_system_id},
        statistic=statistic,
        period=period,
        label=label,
    )


def throughput_percent(file_system_id: str) -> MetricMath:
    """Return how much of the permitted throughput is used, in percent; in elastic mode the permitted one is AWS's quota.

    https://docs.aws.amazon.com/efs/latest/ug/monitoring-metric-math.html
    """
    return MetricMath(
        expression="100 * (metered / PERIOD(metered)) / permitted",
        label="throughput, percent of what is permitted",
        metrics={
            "metered": file_system_metric(file_system_id, "MeteredIOBytes", "Sum"),
            "permitted": file_system_metric(file_system_id, "PermittedThroughput", "Minimum"),
        },
    )


def file_system_alarms(file_system_id: str) -> Iterator[AlarmSpec]:
    """Yield the alarms. A file system without traffic has no data, and is not broken."""
    yield AlarmSpec(
        address="homes_throughput",
        description=f"The shared files have used more than {BUSY_PERCENT} % of their permitted throughput for a quarter of an "
        "hour: notebooks wait for their files. Which user reads or writes that much?",
        metric=throughput_percent(file_system_id),
        comparison="GreaterThanOrEqualToThreshold",
        threshold=BUSY_PERCENT,
        periods=15,
        missing_data="notBreaching",
    )
    yield AlarmSpec(
        address="homes_operations",
        description=f"The shared files have been at {BUSY_PERCENT} % of their operations per second for a quarter of an hour: "
        "many small files are read or written at once.",
        metric=file_system_metric(file_system_id, "PercentIOLimit", "Maximum"),
        comparison="GreaterThanOrEqualToThreshold",
        threshold=BUSY_PERCENT,
        periods=15,
        missing_data="notBreaching",
    )
    yield AlarmSpec(
        address="homes_burst_credits",
        description="The shared files run out of burst credits and then fall to their baseline: switch them to elastic "
        "throughput. A file system in elastic mode uses none, so this is for those that were taken over in bursting mode.",
        metric=file_system_metric(file_system_id, "BurstCreditBalance", "Minimum", period=300),
        comparison="LessThanThreshold",
        threshold=LOW_CREDITS,
        periods=3,
        missing_data="notBreaching",
    )


def file_system_graphs(file_system_id: str) -> Iterator[Graph]:
    """Yield a row of graphs."""
    yield Graph(
        title="Shared files: throughput",
        unit="percent of permitted",
        metrics=[throughput_percent(file_system_id)],
    )
    yield Graph(
        title="Shared files: operations",
        unit="percent of the limit",
        metrics=[file_system_metric(file_system_id, "PercentIOLimit", "Maximum", label="operations")],
    )
    yield Graph(
        title="Shared files: connections",
        metrics=[file_system_metric(file_system_id, "ClientConnections", "Sum", label="mounts")],
    )


def publish_sizes(group: AutoscalingGroup) -> None:
    """Let the group publish its sizes, once a minute and free of charge: without that it publishes no metric."""
    known = group.enabled_metrics_input or []
    sizes = (*GROUP_SIZES, *(POOL_SIZES if group.warm_pool_input is not None else ()))
    group.enabled_metrics = [*known, *(name for name in sizes if name not in known)]


def group_metric(group_name: str, name: str, label: str = "") -> Metric:
    """Return one of the group's sizes.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html
    """
    return Metric(
        namespace=GROUP_NAMESPACE,
        name=name,
        dimensions={"AutoScalingGroupName": group_name},
        statistic="Maximum",
        label=label,
    )


def pool_graphs(group_name: str) -> Iterator[Graph]:
    """Yield the graph of a group's warm pool. Its instances serve nobody, so no alarm counts them."""
    yield Graph(
        title="Warm pool",
        metrics=[group_metric(group_name, name, label) for name, label in POOL_SIZES.items()],
    )


def group_alarms(group_name: str, what: str) -> Iterator[AlarmSpec]:
    """Yield the alarms of a group of ``what``, such as "workers". A group that is there always publishes its sizes."""
    sizes = {
        "desired": group_metric(group_name, DESIRED),
        "smallest": group_metric(group_name, "GroupMinSize"),
        "largest": group_metric(group_name, MAX_SIZE),
        "serving": group_metric(group_name, IN_SERVICE),
    }
    yield AlarmSpec(
        address="capacity_at_max",
        description=f"There have been as many {what} as the group may have for a quarter of an hour: further users wait or are "
        "refused. Raise the largest size, if quotas and budget allow. A group of one fixed size never says this.",
        metric=MetricMath(
            expression="IF(desired >= largest AND largest > smallest, 1, 0)",
            label="1: the group is at its largest",
            metrics={name: sizes[name] for name in ("desired", "smallest", "largest")},
        ),
        comparison="GreaterThanOrEqualToThreshold",
        threshold=1,
        periods=15,
        missing_data="notBreaching",
    )
    yield AlarmSpec(
        address="capacity_missing",
        description=f"Fewer {what} serve than are wanted, for half an hour: they fail to start, or never become healthy. The "
        "group's activity history says why.",
        metric=MetricMath(
            expression="desired - serving",
            label=f"{what} that are wanted and do not serve",
            metrics={name: sizes[name] for name in ("desired", "serving")},
        ),
        comparison="GreaterThanOrEqualToThreshold",
        threshold=1,
        periods=30,
        missing_data="notBreaching",
    )


def disk_limit_alarm(metric: Metric, *, advice: str, missing_data: MissingData) -> AlarmSpec:
    """Return the alarm that warns before starts are refused; ``advice`` says where to look."""
    return AlarmSpec(
        address="disk_limit",
        description=f"The users' files have been at {DISK_WARNING_PERCENT} % of their limit or more for a quarter of an "
        f"hour; beyond 100 % starts are refused. {advice}",
        metric=metric,
        comparison="GreaterThanOrEqualToThreshold",
        threshold=DISK_WARNING_PERCENT,
        periods=3,
        missing_data=missing_data,
    )
