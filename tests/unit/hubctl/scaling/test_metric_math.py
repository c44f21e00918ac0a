"""Metric math: values, missing ones, and what is not understood; and an alarm over an expression."""

import pytest

from hubctl.scaling.alarms import Alarm, AlarmBoard, MetricQuery
from hubctl.scaling.metric_math import MetricMath
from hubctl.scaling.metrics import MetricId, MetricStore, Sample


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + 2 * b", 9),
        ("-(a - b) / 2", 1.5),
        ("IF(a < 2, 10, b)", 10),
        ("IF(a >= 2, 10, b)", 4),
        ("a == 1 AND b != 1", 1),
        ("a > 1 || b > 1", 1),
        ("a > 1 && b > 1", 0),
        ("FILL(missing, 7)", 7),
        ("FILL(a, 7)", 1),
        ("MAX(a, b, 3)", 4),
        ("MIN(a, b, 3)", 1),
        ("a + missing", None),
        ("IF(missing < 2, 10, b)", None),
        ("MAX(a, missing)", None),
        ("a / 0", None),
    ],
)
def test_values(expression: str, expected: float | None) -> None:
    assert MetricMath(expression).value({"a": 1.0, "b": 4.0, "missing": None}) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "a +",
        "SEARCH('x')",
        "a.b",
        "ANOMALY_DETECTION_BAND(a, 2)",
        "IF(a, 1)",
        "a < b < 3",
        "'text'",
        "True",
        "MAX()",
        "__import__('os')",
    ],
)
def test_what_is_not_known_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="is not understood"):
        MetricMath(expression)


def test_the_ids_of_an_expression() -> None:
    assert MetricMath("IF(free < 3, 2, sessions)").ids == {"free", "sessions"}


def low(**changes: object) -> Alarm:
    sessions, free = (MetricId(namespace="lab", name=name) for name in ("sessions", "free"))
    settings: dict[str, object] = {
        "name": "low",
        "metric": sessions,
        "comparison": "LessThanThreshold",
        "threshold": 3.0,
        "missing": "notBreaching",
        "queries": (MetricQuery(id="sessions", metric=sessions), MetricQuery(id="free", metric=free)),
        "expression": "IF(free < 12, 3, sessions)",
    }
    return Alarm(**(settings | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sessions", "free", "state"), [(1, 20, "ALARM"), (1, 11, "OK"), (5, 20, "OK"), (1, None, "OK")]
)
def test_an_alarm_over_an_expression(sessions: float, free: float | None, state: str) -> None:
    alarm, store = low(), MetricStore()
    for query, value in zip(alarm.queries, (sessions, free), strict=True):
        if value is not None:
            store.put(query.metric, Sample(30, value))
    board = AlarmBoard([alarm])
    board.tick(61, store)
    assert board.state("low") == state


def test_an_expression_over_a_metric_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="names no metric free"):
        low(queries=low().queries[:1])
