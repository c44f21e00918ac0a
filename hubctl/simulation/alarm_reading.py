"""CloudWatch alarms of Terraform JSON, as the engine wants them."""

from collections.abc import Mapping
from typing import Any, cast

from hubctl.scaling.alarms import COMPARISONS, Alarm, Comparison, Treatment
from hubctl.scaling.metrics import MetricId
from hubctl.simulation.group_reading import number


def alarm_from(raw: Mapping[str, Any], policies: Mapping[str, str]) -> Alarm | None:
    """Return an ``aws_cloudwatch_metric_alarm`` whose expressions are resolved; None when it sets off no policy.

    ``policies`` are names by the references in alarms' actions.

    Raises:
        ValueError, KeyError: Something is missing, or is no number.

    """
    actions = tuple(policies[arn] for arn in raw.get("alarm_actions") or () if arn in policies)
    if not actions or raw["comparison_operator"] not in COMPARISONS:
        return None
    datapoints = raw.get("datapoints_to_alarm")
    return Alarm(
        name=str(raw["alarm_name"]),
        metric=MetricId(
            namespace=str(raw["namespace"]),
            name=str(raw["metric_name"]),
            dimensions=frozenset((raw.get("dimensions") or {}).items()),
        ),
        comparison=cast(Comparison, raw["comparison_operator"]),
        threshold=number(raw["threshold"]),
        period=int(number(raw["period"])),
        evaluation_periods=int(number(raw["evaluation_periods"])),
        datapoints=None if datapoints is None else int(number(datapoints)),
        statistic=str(raw.get("statistic") or raw.get("extended_statistic")),
        missing=cast(Treatment, raw.get("treat_missing_data", "missing")),
        actions=actions,
    )
