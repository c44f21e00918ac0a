"""What was published to the local CloudWatch, as the engine reads it."""

from collections.abc import Sequence
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum

from hubctl.local_aws.scaling.clock import Clock, epoch
from hubctl.scaling.metrics import MetricId, MetricStore, Sample


class StoredMetrics:
    """Follows the metric data of one moto backend; call :meth:`refresh` before reading."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._store = MetricStore()
        self._read = 0

    def refresh(self, published: Sequence[Any]) -> None:
        """Take over what was published since the last call."""
        if len(published) < self._read:  # reset
            self._store, self._read = MetricStore(), 0
        new = published[self._read :]
        self._read += len(new)
        for datum in new:
            dimensions = frozenset((dimension.name, dimension.value) for dimension in datum.dimensions)
            metric = MetricId(namespace=datum.namespace, name=datum.name, dimensions=dimensions)
            self._store.put(metric, self._sample(datum))

    def samples(self, metric: MetricId, start: float, end: float) -> Sequence[Sample]:
        """Return the samples with ``start <= time < end``, in the clock's time."""
        return self._store.samples(metric, start, end)

    def _sample(self, datum: Any) -> Sample:
        at = self._clock.at(epoch(datum.timestamp))
        if isinstance(datum, MetricAggregatedDatum):
            return Sample(at, datum.sum, datum.sample_count, datum.min, datum.max)
        return Sample(at, datum.value)
