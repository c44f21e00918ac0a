"""Alarms that notify operators when they begin and when they end, and the metrics that alarms and dashboards name.

A metric is one of CloudWatch's, or arithmetic over several.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from hub_constructs.core.addresses import at

Comparison = Literal["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold"]
# How missing data counts. CloudWatch has a fourth way, "missing", which leaves an alarm without a state and notifies no one.
MissingData = Literal["breaching", "notBreaching", "ignore"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric. ``statistic`` is taken over ``period`` seconds; ``label`` is for graphs."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    period: int = 60
    label: str = ""

    def widget_row(self) -> list[object]:
        """Return the metric as a dashboard's widget writes it.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
        """
        pairs = [part for pair in self.dimensions.items() for part in pair]
        return [self.namespace, self.name, *pairs, self.widget_options()]

    def widget_options(self) -> dict[str, object]:
        """Return the last part of the widget's row."""
        options: dict[str, object] = {"stat": self.statistic, "period": self.period}
        if self.label:
            options["label"] = self.label
        return options


@dataclass(frozen=True, kw_only=True)
class MetricMath:
    """``expression`` over ``metrics`` by their ids, in CloudWatch's metric math."""

    expression: str
    label: str
    metrics: Mapping[str, Metric] = field(default_factory=dict)

    def widget_rows(self) -> list[list[object]]:
        """Return the rows of a dashboard's widget: the result, and the metrics that it is made of, which are hidden."""
        hidden = []
        for id_, metric in self.metrics.items():
            *row, _ = metric.widget_row()
            hidden.append([*row, {**metric.widget_options(), "id": id_, "visible": False}])
        return [[{"expression": self.expression, "label": self.label, "id": "result"}], *hidden]


@dataclass(frozen=True, kw_only=True)
class AlarmSpec:
    """``periods`` of the metric must be beyond ``threshold``, all of them or ``datapoints``.

    ``description`` is the text of the notification: what happened, and what to look at. ``missing_data`` has no default,
    so that every alarm decides what missing data means.
    """

    address: str
    description: str
    metric: Metric | MetricMath
    comparison: Comparison
    threshold: float
    periods: int
    missing_data: MissingData
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
            alarm_description=spec.description,
            comparison_operator=spec.comparison,
            threshold=spec.threshold,
            evaluation_periods=spec.periods,
            datapoints_to_alarm=spec.datapoints,
            treat_missing_data=spec.missing_data,
            alarm_actions=[context.topic_arn],
            ok_actions=[context.topic_arn],
            **_metric_arguments(spec.metric),
        ),
        spec.address,
    )


def _metric_arguments(metric: Metric | MetricMath) -> dict[str, Any]:
    if isinstance(metric, Metric):
        return {
            "namespace": metric.namespace,
            "metric_name": metric.name,
            "dimensions": dict(metric.dimensions),
            "statistic": metric.statistic,
            "period": metric.period,
        }
    result = CloudwatchMetricAlarmMetricQuery(
        id="result", expression=metric.expression, label=metric.label, return_data=True
    )
    parts = [
        CloudwatchMetricAlarmMetricQuery(
            id=id_,
            metric=CloudwatchMetricAlarmMetricQueryMetric(
                namespace=part.namespace,
                metric_name=part.name,
                dimensions=dict(part.dimensions),
                stat=part.statistic,
                period=part.period,
            ),
        )
        for id_, part in metric.metrics.items()
    ]
    return {"metric_query": [result, *parts]}


def widget_rows(metrics: Sequence[Metric | MetricMath]) -> list[list[object]]:
    """Return all rows of one widget."""
    rows: list[list[object]] = []
    for metric in metrics:
        rows += metric.widget_rows() if isinstance(metric, MetricMath) else [metric.widget_row()]
    return rows
