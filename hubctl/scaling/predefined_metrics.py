"""The predefined metrics of target tracking policies.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PredefinedMetricSpecification.html
"""

from hubctl.scaling.metrics import MetricId

_OF_THE_GROUP = {
    "ASGAverageCPUUtilization": "CPUUtilization",
    "ASGAverageNetworkIn": "NetworkIn",
    "ASGAverageNetworkOut": "NetworkOut",
}
REQUESTS = "ALBRequestCountPerTarget"


def predefined_metric(kind: str, group: str, label: str | None = None) -> tuple[MetricId, str]:
    """Return the metric and its statistic for a group; ``label`` is the resource label of a request count.

    Raises:
        ValueError: There is no such predefined metric, or its label is missing.

    """
    if kind in _OF_THE_GROUP:
        dimensions = frozenset({("AutoScalingGroupName", group)})
        return MetricId(namespace="AWS/EC2", name=_OF_THE_GROUP[kind], dimensions=dimensions), "Average"
    if kind == REQUESTS and label and "/targetgroup/" in label:
        target_group = label[label.index("/targetgroup/") + 1 :]
        return (
            MetricId(
                namespace="AWS/ApplicationELB",
                name="RequestCountPerTarget",
                dimensions=frozenset({("TargetGroup", target_group)}),
            ),
            "Sum",
        )
    raise ValueError(f"{kind} (label {label}) is no predefined metric of a target tracking policy")
