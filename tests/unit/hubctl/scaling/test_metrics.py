import pytest

from hubctl.scaling.metrics import MetricId, MetricStore, Sample, aggregate

SAMPLES = [Sample(0, 4.0), Sample(1, 1.0), Sample(2, 7.0)]
SET = Sample(3, 20.0, count=4, low=2.0, high=9.0)


@pytest.mark.parametrize(
    ("statistic", "single", "with_set"),
    [
        ("Average", 4.0, 32 / 7),
        ("Sum", 12.0, 32.0),
        ("Minimum", 1.0, 1.0),
        ("Maximum", 7.0, 9.0),
        ("SampleCount", 3.0, 7.0),
        ("p50", 4.0, None),
        ("p25", 2.5, None),
        ("p100", 7.0, None),
    ],
)
def test_statistics(statistic: str, single: float, with_set: float | None) -> None:
    assert aggregate(SAMPLES, statistic) == single
    assert aggregate([*SAMPLES, SET], statistic) == with_set
    assert aggregate([], statistic) is None


@pytest.mark.parametrize("statistic", ["Mean", "p101", "tm90", ""])
def test_what_is_not_a_statistic(statistic: str) -> None:
    with pytest.raises(ValueError, match="is not a statistic"):
        aggregate(SAMPLES, statistic)


def test_a_store_keeps_metrics_apart_and_in_order_of_time() -> None:
    store = MetricStore()
    one = MetricId(namespace="N", name="M", dimensions=frozenset({("Group", "a"), ("Kind", "x")}))
    same = MetricId(namespace="N", name="M", dimensions=frozenset({("Kind", "x"), ("Group", "a")}))
    for time in (60, 0, 120):
        store.put(one, Sample(time, float(time)))
    store.put(MetricId(namespace="N", name="M"), Sample(60, -1.0))
    assert [sample.total for sample in store.samples(same, 0, 120)] == [0.0, 60.0]
    assert store.samples(MetricId(namespace="N", name="other"), 0, 1e9) == []


def test_old_samples_are_dropped_in_time() -> None:
    store = MetricStore(keep_seconds=100)
    metric = MetricId(namespace="N", name="M")
    for time in range(0, 1000, 10):
        store.put(metric, Sample(time, 1.0))
    kept = store.samples(metric, 0, 1000)
    assert kept[0].time >= 990 - 200
    assert kept[-1].time == 990
