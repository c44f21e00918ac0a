"""One alarm that notifies operators, when it begins and when it is over."""

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


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric. ``statistic`` is taken over ``period`` seconds; ``label`` is for graphs."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    period: int = 60
    label: str = ""

    def graphed(self) -> list[object]:
        """Return the metric in the form of a dashboard's widget.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
        """
        pairs = [part for pair in self.dimensions.items() for part in pair]
        options: dict[str, object] = {"stat": self.statistic, "period": self.period}
        if self.label:
            options["label"] = self.label
        return [self.namespace, self.name, *pairs, options]


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """``expression`` over ``metrics`` by their ids, in CloudWatch's metric math."""

    expression: str
    label: str
    metrics: Mapping[str, Metric] = field(default_factory=dict)

    def graphed(self) -> list[list[object]]:
        """Return the rows of a dashboard's widget: the result, and what it is made of, not shown."""
        hidden = []
        for id_, metric in self.metrics.items():
            *row, options = metric.graphed()
            hidden.append([*row, {**_options(options), "id": id_, "visible": False}])
        return [[{"expression": self.expression, "label": self.label, "id": "result"}], *hidden]


def rows(shown: Sequence[Metric | Arithmetic]) -> list[list[object]]:
    """Return everything of one widget."""
    found: list[list[object]] = []
    for one in shown:
        found += one.graphed() if isinstance(one, Arithmetic) else [one.graphed()]
    return found


def _options(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


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
