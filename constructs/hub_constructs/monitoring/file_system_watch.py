"""What is watched and shown of a shared file system: throughput, operations, and burst credits."""

from collections.abc import Iterator

from hub_constructs.monitoring.alarms import AlarmSpec
from hub_constructs.monitoring.dashboard import Graph
from hub_constructs.monitoring.metrics import Arithmetic, Metric

NAMESPACE = "AWS/EFS"
BUSY_PERCENT = 80
# Bursting file systems start with 2.1 TiB of credits and burst at 100 MiB/s: what is left lasts for half an hour.
FEW_CREDITS = 192 * 2**30


def file_system_metric(
    file_system_id: str, name: str, statistic: str, *, period: int = 60, label: str = ""
) -> Metric:
    """Return a metric of the file system: https://docs.aws.amazon.com/efs/latest/ug/efs-metrics.html."""
    return Metric(
        namespace=NAMESPACE,
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
