"""CloudWatch: alarms, metrics of our own, logs and dashboards."""

import json
import re
from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = (
    "aws_autoscaling_policy",
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_metric_alarm",
)
TRACKING_ALARMS = 2  # those that a target tracking policy makes for itself
DAYS = 30.0
_PLOTTED = re.compile(r'\["([^"]+)", "([^"]+)"')
SERVICE = "CloudWatch"


def items(pricing: Pricing) -> Iterator[Item]:
    """Yield alarms, custom metrics, logs and dashboards."""
    yield from _alarms(pricing)
    metrics = _custom_metrics(pricing)
    if metrics:
        yield pricing.item(
            "custom_metric",
            service=SERVICE,
            what=f"metrics of our own ({', '.join(sorted({name for _, name in metrics}))})",
            resources=pricing.addresses("aws_cloudwatch_metric_alarm"),
            quantity=Amounts.same(len(metrics)),
        )
    yield from _logs(pricing)
    dashboards = pricing.addresses("aws_cloudwatch_dashboard")
    if dashboards:
        number = Amounts.same(len(dashboards))
        yield pricing.item(
            "dashboard", service=SERVICE, what="dashboards", resources=dashboards, quantity=number
        )


def _alarms(pricing: Pricing) -> Iterator[Item]:
    stack = pricing.stack
    watched, causes = 0, list(pricing.addresses("aws_cloudwatch_metric_alarm"))
    for alarm in stack.resources("aws_cloudwatch_metric_alarm").values():
        queries = [query for query in alarm.get("metric_query") or [] if "metric" in query]
        watched += len(queries) or 1
    for name, policy in stack.resources("aws_autoscaling_policy").items():
        if policy.get("policy_type") == "TargetTrackingScaling":
            watched += TRACKING_ALARMS
            causes.append(f"aws_autoscaling_policy.{name}")
    if watched:
        yield pricing.item(
            "alarm",
            service=SERVICE,
            what="metrics watched by alarms",
            resources=tuple(causes),
            quantity=Amounts.same(watched),
        )


def _custom_metrics(pricing: Pricing) -> set[tuple[str, str]]:
    """Return namespace and name of the metrics that are not AWS's own and that alarms or dashboards show."""
    stack, found = pricing.stack, set()
    for alarm in stack.resources("aws_cloudwatch_metric_alarm").values():
        inner = [query["metric"] for query in alarm.get("metric_query") or [] if "metric" in query]
        for metric in [alarm, *(each[0] if isinstance(each, list) else each for each in inner)]:
            if metric.get("namespace"):
                found.add((str(metric["namespace"]), str(metric["metric_name"])))
    for name in stack.resources("aws_cloudwatch_dashboard"):
        body = str(stack.raw("aws_cloudwatch_dashboard", name).get("dashboard_body"))
        found |= set(_PLOTTED.findall(body)) | set(_PLOTTED.findall(json.dumps(body)))
    return {(space, name) for space, name in found if "/" in space and not space.startswith("AWS/")}


def _logs(pricing: Pricing) -> Iterator[Item]:
    groups = pricing.stack.resources("aws_cloudwatch_log_group")
    if not groups:
        return
    written = Amounts.same(0)
    for launch in pricing.stack.launches:
        written = written.plus(pricing.count(launch).times(pricing.assume.log_gib))
    days = max(float(group.get("retention_in_days") or 365) for group in groups.values())
    addresses = pricing.addresses("aws_cloudwatch_log_group")
    yield pricing.item(
        "log_ingestion", service=SERVICE, what="logs written", resources=addresses, quantity=written
    )
    yield pricing.item(
        "log_storage",
        service=SERVICE,
        what=f"logs kept for {days:g} days",
        resources=addresses,
        quantity=written.times(days / DAYS),
    )
