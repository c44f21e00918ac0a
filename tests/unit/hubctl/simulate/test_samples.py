"""Published values: seen after the delay, by whole minutes, and forgotten after days."""

import pytest

from hubctl.scaling.metrics import MetricId
from hubctl.simulate.samples import KEPT_MINUTES, SimulatedMetrics

CPU = MetricId(namespace="N", name="cpu")
OTHER = MetricId(namespace="N", name="other")


def test_values_are_seen_after_the_delay() -> None:
    metrics = SimulatedMetrics(15)
    metrics.publish(CPU, 50, [1.0, 2.0])
    metrics.collect(65)
    assert metrics.series(CPU).statistic(0, 60, "Average") is None
    metrics.collect(65.1)
    assert metrics.series(CPU).statistic(0, 60, "Average") == 1.5
    assert metrics.series(CPU).statistic(60, 120, "Average") is None
    assert metrics.series(OTHER).statistic(0, 60, "Average") is None


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("Average", 2.0), ("Sum", 6.0), ("Minimum", 1.0), ("Maximum", 3.0), ("SampleCount", 3.0), ("p50", 2.0)],
)
def test_statistics_of_several_minutes(statistic: str, expected: float) -> None:
    metrics = SimulatedMetrics(0)
    for minute, value in enumerate((1.0, 2.0, 3.0, 9.0)):
        metrics.publish(CPU, minute * 60 + 5, [value])
    metrics.collect(300)
    assert metrics.series(CPU).statistic(0, 180, statistic) == expected
    assert [sample.total for sample in metrics.samples(CPU, 0, 180)] == [1.0, 2.0, 3.0]


def test_old_minutes_are_forgotten_and_a_day_is_kept() -> None:
    metrics = SimulatedMetrics(0)
    for minute in range(0, 3 * KEPT_MINUTES, 10):
        metrics.publish(CPU, minute * 60, [1.0])
        metrics.collect(minute * 60 + 1)
    end = 3 * KEPT_MINUTES * 60
    assert metrics.series(CPU).statistic(0, 60, "Sum") is None
    assert metrics.series(CPU).statistic(end - 86_400, end, "Sum") == 144
