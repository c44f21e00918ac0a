"""The alarms of a synthesized stack, and whether they breach with given values of their metrics."""

from collections.abc import Mapping
from typing import Any

Configuration = dict[str, Any]
TOPIC = "${aws_sns_topic.notifications.arn}"
# These scale the Lab and notify no one.
SCALING = {"sessions_high", "sessions_low", "places_low"}


def alarms(configuration: Configuration) -> dict[str, Configuration]:
    """Return the alarms that notify operators."""
    found: dict[str, Configuration] = configuration["resource"]["aws_cloudwatch_metric_alarm"]
    return {name: alarm for name, alarm in found.items() if name not in SCALING}


def metrics(alarm: Configuration) -> list[Configuration]:
    if "metric_query" in alarm:
        return [query["metric"] for query in alarm["metric_query"] if "metric" in query]
    return [{**alarm, "stat": alarm["statistic"]}]


def value(alarm: Configuration, given: Any) -> float:
    """Return what the alarm compares; metric math is near enough to Python for what is used of it."""
    if not isinstance(given, Mapping):
        return float(given)
    (expression,) = [q["expression"] for q in alarm["metric_query"] if "expression" in q]
    names = {"IF": lambda test, yes, no: yes if test else no, "PERIOD": lambda _: 60, **given}
    return float(eval(expression.replace(" AND ", " and "), {"__builtins__": {}}, names))  # noqa: S307


def breaches(alarm: Configuration, given: Any) -> bool:
    compared, threshold = value(alarm, given), alarm["threshold"]
    return {
        "GreaterThanOrEqualToThreshold": compared >= threshold,
        "GreaterThanThreshold": compared > threshold,
        "LessThanThreshold": compared < threshold,
    }[alarm["comparison_operator"]]
