"""One alarm that notifies operators, when it begins and when it is over."""

from dataclasses import dataclass
from typing import Any, Literal

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from hub_constructs.addresses import at
from hub_constructs.monitoring.metrics import Arithmetic, Metric

Comparison = Literal["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold"]
# What silence means. AWS has a fourth, "missing", which leaves an alarm without a state: nobody would be told.
Silence = Literal["breaching", "notBreaching", "ignore"]


@dataclass(frozen=True, kw_only=True)
class AlarmSpec:
    """``periods`` of the metric must be beyond ``threshold``, all of them or ``datapoints``.

    ``silence`` says on purpose what missing data means. ``says`` is what the notification tells: what happened and what
    to look at.
    """

    address: str
    says: str
    watched: Metric | Arithmetic
    comparison: Comparison
    threshold: float
    periods: int
    silence: Silence
    datapoints: int | None = None


@dataclass(frozen=True, kw_only=True)
class AlarmContext:
    """``prefix`` begins the alarms' names, so that two deployments in one region keep apart."""

    prefix: str
    topic_arn: str


def make_alarm(scope: Construct, spec: AlarmSpec, context: AlarmContext) -> CloudwatchMetricAlarm:
    """Make the alarm at its address."""
    return at(
        CloudwatchMetricAlarm(
            scope,
            spec.address,
            alarm_name=f"{context.prefix}-{spec.address.replace('_', '-')}",
            alarm_description=spec.says,
            comparison_operator=spec.comparison,
            threshold=spec.threshold,
            evaluation_periods=spec.periods,
            datapoints_to_alarm=spec.datapoints,
            treat_missing_data=spec.silence,
            alarm_actions=[context.topic_arn],
            ok_actions=[context.topic_arn],
            **_watched(spec.watched),
        ),
        spec.address,
    )


def _watched(watched: Metric | Arithmetic) -> dict[str, Any]:
    if isinstance(watched, Metric):
        return {
            "namespace": watched.namespace,
            "metric_name": watched.name,
            "dimensions": dict(watched.dimensions),
            "statistic": watched.statistic,
            "period": watched.period,
        }
    result = CloudwatchMetricAlarmMetricQuery(
        id="result", expression=watched.expression, label=watched.label, return_data=True
    )
    parts = [
        CloudwatchMetricAlarmMetricQuery(
            id=id_,
            metric=CloudwatchMetricAlarmMetricQueryMetric(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=dict(metric.dimensions),
                stat=metric.statistic,
                period=metric.period,
            ),
        )
        for id_, metric in watched.metrics.items()
    ]
    return {"metric_query": [result, *parts]}
