"""What CloudWatch costs: alarms, custom metrics, logs and dashboards."""

import functools
import json
import re
from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, PriceRule, Pricing

TRACKING_ALARMS = 2  # those that a target tracking policy makes for itself
DAYS = 30.0
_PLOTTED = re.compile(r'\["([^"]+)", "([^"]+)"')
SERVICE = "CloudWatch"


def _items(pricing: Pricing) -> Iterator[Item]:
    """Yield alarms, custom metrics, logs and dashboards."""
    yield from _alarm_items(pricing)
    metrics = _custom_metrics(pricing)
    if metrics:
        yield pricing.item(
            "custom_metric",
            service=SERVICE,
            what=f"custom metrics ({', '.join(sorted({name for _, name in metrics}))})",
            resources=pricing.addresses("aws_cloudwatch_metric_alarm"),
            quantity=Amounts.same(len(metrics)),
        )
    yield from _log_items(pricing)
    for kind, price, what in (
        ("aws_cloudwatch_dashboard", "dashboard", "dashboards"),
        ("aws_cloudwatch_composite_alarm", "composite_alarm", "composite alarms"),
    ):
        found = pricing.addresses(kind)
        if found:
            number = Amounts.same(len(found))
            yield pricing.item(price, service=SERVICE, what=what, resources=found, quantity=number)


def _alarm_items(pricing: Pricing) -> Iterator[Item]:
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


def _log_items(pricing: Pricing) -> Iterator[Item]:
    """Yield what instances write into log groups, and what flow logs do."""
    groups = pricing.stack.resources("aws_cloudwatch_log_group")
    flows = pricing.addresses("aws_flow_log")
    instances = functools.reduce(Amounts.plus, map(pricing.count, pricing.stack.launches), Amounts.same(0))
    days = max((float(group.get("retention_in_days") or 365) for group in groups.values()), default=DAYS)
    addresses = pricing.addresses("aws_cloudwatch_log_group")
    for what, causes, gib in (
        ("logs", addresses, pricing.assume.log_gib),
        ("flow logs", flows, pricing.assume.flow_log_gib),
    ):
        if causes:
            written = instances.times(gib)
            yield pricing.item(
                "log_ingestion", service=SERVICE, what=f"{what} written", resources=causes, quantity=written
            )
            yield pricing.item(
                "log_storage",
                service=SERVICE,
                what=f"{what} kept for {days:g} days",
                resources=causes,
                quantity=written.times(days / DAYS),
            )


MONITORING = PriceRule(
    types=frozenset(
        {
            "aws_autoscaling_policy",
            "aws_cloudwatch_composite_alarm",
            "aws_cloudwatch_dashboard",
            "aws_cloudwatch_log_group",
            "aws_cloudwatch_metric_alarm",
            "aws_flow_log",
        }
    ),
    items=_items,
)
