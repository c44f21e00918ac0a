"""Metrics as CloudWatch keeps them: samples by namespace, name and dimensions, aggregated over periods.

:func:`predefined_metric` names the metrics of target tracking policies that AWS has defined.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

import bisect
import functools
import math
import operator
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

STATISTICS = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
_OF_THE_GROUP = {
    "ASGAverageCPUUtilization": "CPUUtilization",
    "ASGAverageNetworkIn": "NetworkIn",
    "ASGAverageNetworkOut": "NetworkOut",
}
MINUTE = 60.0
MOST_MINUTES = 100  # whose statistics are remembered; alarms look back over some twenty
REQUESTS = "ALBRequestCountPerTarget"


@dataclass(frozen=True, kw_only=True)
class MetricId:
    """What identifies a metric. ``dimensions`` are (name, value) pairs; their order means nothing."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()

    def __hash__(self) -> int:
        return self._hash

    @functools.cached_property
    def _hash(self) -> int:
        """Reckoned once: each alarm looks into many dictionaries, again and again."""
        return hash((self.namespace, self.name, self.dimensions))

    def __str__(self) -> str:
        inner = ", ".join(f"{name}={value}" for name, value in sorted(self.dimensions))
        return f"{self.namespace} {self.name} ({inner})" if inner else f"{self.namespace} {self.name}"


@dataclass(frozen=True, slots=True)
class Sample:
    """One published value, or a statistic set of ``count`` values, at ``time`` (seconds since the epoch)."""

    time: float
    total: float
    count: float = 1.0
    low: float | None = None
    high: float | None = None

    @property
    def minimum(self) -> float:
        """The smallest of the values."""
        return self.total if self.low is None else self.low

    @property
    def maximum(self) -> float:
        """The largest of the values."""
        return self.total if self.high is None else self.high


class Metrics(Protocol):
    """Where alarms read."""

    def samples(self, metric: MetricId, start: float, end: float) -> Sequence[Sample]:
        """Return the samples with ``start <= time < end``."""


_time = operator.attrgetter("time")


class MetricStore:
    """Samples in memory, for as long as ``keep_seconds`` behind the newest of a metric."""

    def __init__(self, keep_seconds: float = 90_000.0) -> None:
        self._keep = keep_seconds
        self._samples: dict[MetricId, list[Sample]] = {}
        self._known: dict[MetricId, dict[float, dict[str, float | None]]] = {}  # by minute and statistic

    def put(self, metric: MetricId, sample: Sample) -> None:
        """Add a sample; it may be older than those that are there."""
        samples = self._samples.setdefault(metric, [])
        if samples and sample.time < samples[-1].time:
            bisect.insort(samples, sample, key=_time)
        else:
            samples.append(sample)
        if samples[0].time < samples[-1].time - 2 * self._keep:
            del samples[: _first_from(samples, samples[-1].time - self._keep)]
        if known := self._known.get(metric):
            minute = sample.time // MINUTE * MINUTE
            known.pop(minute, None)

    def samples(self, metric: MetricId, start: float, end: float) -> Sequence[Sample]:
        """Return the samples with ``start <= time < end``."""
        samples = self._samples.get(metric, [])
        return samples[_first_from(samples, start) : _first_from(samples, end)]

    def statistic(self, metric: MetricId, start: float, end: float, statistic: str) -> float | None:
        """Return a statistic of the samples with ``start <= time < end``; those of whole minutes are remembered."""
        if end - start != MINUTE or start % MINUTE:
            return aggregate(self.samples(metric, start, end), statistic)
        minutes = self._known.get(metric)
        if minutes is None:
            minutes = self._known[metric] = {}
        known = minutes.get(start)
        if known is None:
            if len(minutes) > MOST_MINUTES:
                minutes.clear()
            known = minutes[start] = {}
        if statistic not in known:
            known[statistic] = aggregate(self.samples(metric, start, end), statistic)
        return known[statistic]


def _first_from(samples: list[Sample], time: float) -> int:
    return bisect.bisect_left(samples, time, key=_time)


def aggregate(samples: Sequence[Sample], statistic: str) -> float | None:
    """Return the statistic (``Average`` ... or a percentile such as ``p95``) of the samples, None without any.

    Percentiles interpolate linearly between single values; AWS gives none for statistic sets, as a rule, and so
    does this: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html

    Raises:
        ValueError: There is no such statistic.

    """
    known = statistic in STATISTICS or _PERCENTILE.fullmatch(statistic)
    if not known:
        raise ValueError(f"{statistic} is not a statistic: use one of {', '.join(STATISTICS)} or p0 to p100")
    if not samples:
        return None
    if statistic == "SampleCount":
        return math.fsum(sample.count for sample in samples)
    if statistic == "Sum":
        return math.fsum(sample.total for sample in samples)
    if statistic == "Average":
        return math.fsum(sample.total for sample in samples) / math.fsum(sample.count for sample in samples)
    if statistic == "Minimum":
        return min(sample.minimum for sample in samples)
    if statistic == "Maximum":
        return max(sample.maximum for sample in samples)
    if any(sample.count != 1 for sample in samples):
        return None
    return percentile([sample.total for sample in samples], float(statistic[1:]))


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the percentile of at least one value, interpolated linearly between neighbours."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def predefined_metric(kind: str, group: str, label: str | None = None) -> tuple[MetricId, str]:
    """Return the metric and its statistic for a group; ``label`` is the resource label of a request count.

    Raises:
        ValueError: There is no such predefined metric, or its label is missing.

    """
    if kind in _OF_THE_GROUP:
        dimensions = frozenset({("AutoScalingGroupName", group)})
        return MetricId(namespace="AWS/EC2", name=_OF_THE_GROUP[kind], dimensions=dimensions), "Average"
    if kind == REQUESTS and label and "/targetgroup/" in label:
        target_group = label[label.index("/targetgroup/") + 1 :]
        return (
            MetricId(
                namespace="AWS/ApplicationELB",
                name="RequestCountPerTarget",
                dimensions=frozenset({("TargetGroup", target_group)}),
            ),
            "Sum",
        )
    raise ValueError(f"{kind} (label {label}) is not a predefined metric of a target tracking policy")
