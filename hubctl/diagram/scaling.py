"""What makes an auto scaling group grow and shrink, in a line a policy."""

from collections.abc import Iterator
from typing import Any

from hubctl.diagram.configuration import Configuration, Resource

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": "≥",
    "GreaterThanThreshold": ">",
    "LessThanOrEqualToThreshold": "≤",
    "LessThanThreshold": "<",
}
MINUS = "\N{MINUS SIGN}"
METRICS = {"ASGAverageCPUUtilization": "CPU", "UserSessions": "sessions"}


def scaling_lines(configuration: Configuration, group: Resource) -> Iterator[str]:
    """Yield ``sessions ≥ 8: +1, +2`` for alarms with a policy, ``keeps CPU at 40 %`` for a target."""
    for policy in configuration.all("aws_autoscaling_policy"):
        if group.address not in policy.refers("autoscaling_group_name"):
            continue
        if target := policy.values.get("target_tracking_configuration"):
            tracked = target[0] if isinstance(target, list) else target
            metric = (tracked.get("predefined_metric_specification") or {}).get("predefined_metric_type", "")
            yield f"keeps {METRICS.get(metric, metric)} at {tracked.get('target_value')} %"
            continue
        for alarm in configuration.all("aws_cloudwatch_metric_alarm"):
            if policy.address in alarm.refers("alarm_actions"):
                yield f"{_condition(alarm)}: {', '.join(_steps(policy))}"


def _condition(alarm: Resource) -> str:
    metric = str(alarm.values.get("metric_name"))
    comparison = COMPARISONS.get(str(alarm.values.get("comparison_operator")), "?")
    return f"{METRICS.get(metric, metric)} {comparison} {alarm.values.get('threshold')}"


def _steps(policy: Resource) -> Iterator[str]:
    steps: list[Any] = [step.get("scaling_adjustment") for step in policy.values.get("step_adjustment") or []]
    for adjustment in steps or [policy.values.get("scaling_adjustment")]:
        yield f"{adjustment:+d}".replace("-", MINUS) if isinstance(adjustment, int) else str(adjustment)
