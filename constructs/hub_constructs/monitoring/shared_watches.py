"""What is watched and shown of a shared file system: throughput, operations, and burst credits."""

from collections.abc import Iterator

from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup

from hub_constructs.monitoring.alarms import AlarmSpec, Arithmetic, Metric, Silence
from hub_constructs.monitoring.operations import Graph

FILE_SYSTEM_NAMESPACE = "AWS/EFS"
BUSY_PERCENT = 80
# Bursting file systems start with 2.1 TiB of credits and burst at 100 MiB/s: what is left lasts for half an hour.
FEW_CREDITS = 192 * 2**30


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


def throughput_percent(file_system_id: str) -> Arithmetic:
    """Return how much of the permitted throughput is used, in percent; in elastic mode the permitted one is AWS's quota.

    https://docs.aws.amazon.com/efs/latest/ug/monitoring-metric-math.html
    """
    return Arithmetic(
        expression="100 * (metered / PERIOD(metered)) / permitted",
        label="throughput, percent of what is permitted",
        metrics={
            "metered": file_system_metric(file_system_id, "MeteredIOBytes", "Sum"),
            "permitted": file_system_metric(file_system_id, "PermittedThroughput", "Minimum"),
        },
    )


def file_system_alarms(file_system_id: str) -> Iterator[AlarmSpec]:
    """Yield the alarms. Without data there is no traffic, which is no failure: a file system nobody uses is silent."""
    yield AlarmSpec(
        address="homes_throughput",
        says=f"The shared files have used more than {BUSY_PERCENT} % of their permitted throughput for a quarter of an "
        "hour: notebooks wait for their files. Which user reads or writes that much?",
        watched=throughput_percent(file_system_id),
        comparison="GreaterThanOrEqualToThreshold",
        threshold=BUSY_PERCENT,
        periods=15,
        silence="notBreaching",
    )
    yield AlarmSpec(
        address="homes_operations",
        says=f"The shared files have been at {BUSY_PERCENT} % of their operations per second for a quarter of an hour: "
        "many small files are read or written at once.",
        watched=file_system_metric(file_system_id, "PercentIOLimit", "Maximum"),
        comparison="GreaterThanOrEqualToThreshold",
        threshold=BUSY_PERCENT,
        periods=15,
        silence="notBreaching",
    )
    yield AlarmSpec(
        address="homes_burst_credits",
        says="The shared files run out of burst credits and then fall to their baseline: switch them to elastic throughput. "
        "A file system in elastic mode uses none, so this is for those that were taken over in bursting mode.",
        watched=file_system_metric(file_system_id, "BurstCreditBalance", "Minimum", period=300),
        comparison="LessThanThreshold",
        threshold=FEW_CREDITS,
        periods=3,
        silence="notBreaching",
    )


def file_system_graphs(file_system_id: str) -> Iterator[Graph]:
    """Yield a row of graphs."""
    yield Graph(
        title="Shared files: throughput",
        unit="percent of permitted",
        shown=[throughput_percent(file_system_id)],
    )
    yield Graph(
        title="Shared files: operations",
        unit="percent of the limit",
        shown=[file_system_metric(file_system_id, "PercentIOLimit", "Maximum", label="operations")],
    )
    yield Graph(
        title="Shared files: connections",
        shown=[file_system_metric(file_system_id, "ClientConnections", "Sum", label="mounts")],
    )


GROUP_NAMESPACE = "AWS/AutoScaling"
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
        namespace=GROUP_NAMESPACE,
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


# In percent of the limit: at 100 the hub refuses starts. The hub itself knows what its limit is, and reckons it.
DISK_LIMIT = "DiskLimitPercent"
WARN_PERCENT = 80


def disk_limit_alarm(watched: Metric, *, advice: str, silence: Silence) -> AlarmSpec:
    """Return the alarm that warns before starts are refused; ``advice`` says where to look."""
    return AlarmSpec(
        address="disk_limit",
        says=f"The users' files have been at {WARN_PERCENT} % of their limit or more for a quarter of an hour; beyond 100 % "
        f"starts are refused. {advice}",
        watched=watched,
        comparison="GreaterThanOrEqualToThreshold",
        threshold=WARN_PERCENT,
        periods=3,
        silence=silence,
    )
