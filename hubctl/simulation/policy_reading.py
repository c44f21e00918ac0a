"""Scaling policies of Terraform JSON, as the engine wants them."""

from collections.abc import Mapping
from typing import Any

from hubctl.scaling.metrics import MetricId
from hubctl.scaling.policies import Policy, SimplePolicy, Step, StepPolicy, TargetTrackingPolicy
from hubctl.scaling.predefined_metrics import predefined_metric


def policy_from(raw: Mapping[str, Any], group: str) -> Policy | None:
    """Return an ``aws_autoscaling_policy`` whose expressions are resolved; None for a disabled or a predictive one.

    Raises:
        ValueError, KeyError: Something is missing, or is no number.

    """
    kind = raw.get("policy_type", "SimpleScaling")
    if raw.get("enabled") is False:
        return None
    if kind == "StepScaling":
        return StepPolicy(
            name=str(raw["name"]),
            adjustment_type=raw["adjustment_type"],
            steps=tuple(
                Step(
                    adjustment=int(step["scaling_adjustment"]),
                    lower=_bound(step.get("metric_interval_lower_bound")),
                    upper=_bound(step.get("metric_interval_upper_bound")),
                )
                for step in raw["step_adjustment"]
            ),
            min_magnitude=int(raw.get("min_adjustment_magnitude") or 0),
            warmup=_bound(raw.get("estimated_instance_warmup")),
        )
    if kind == "TargetTrackingScaling":
        return _tracking(raw, group)
    if kind != "SimpleScaling":
        return None
    return SimplePolicy(
        name=str(raw["name"]),
        adjustment_type=raw["adjustment_type"],
        adjustment=int(raw["scaling_adjustment"]),
        min_magnitude=int(raw.get("min_adjustment_magnitude") or 0),
        cooldown=_bound(raw.get("cooldown")),
    )


def _tracking(raw: Mapping[str, Any], group: str) -> TargetTrackingPolicy:
    settings = raw["target_tracking_configuration"]
    custom = settings.get("customized_metric_specification")
    if custom:
        pairs = custom.get("metric_dimension") or ()
        metric = MetricId(
            namespace=custom["namespace"],
            name=custom["metric_name"],
            dimensions=frozenset((pair["name"], pair["value"]) for pair in pairs),
        )
        statistic = custom.get("statistic", "Average")
    else:
        given = settings["predefined_metric_specification"]
        metric, statistic = predefined_metric(
            given["predefined_metric_type"], group, given.get("resource_label")
        )
    return TargetTrackingPolicy(
        name=str(raw["name"]),
        metric=metric,
        statistic=statistic,
        target=float(settings["target_value"]),
        disable_scale_in=bool(settings.get("disable_scale_in", False)),
        warmup=_bound(raw.get("estimated_instance_warmup")),
    )


def _bound(value: Any) -> float | None:
    return None if value in (None, "") else float(value)
