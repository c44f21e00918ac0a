"""moto's alarms, policies, groups and metrics as the engine wants them, and the time in which the local AWS scales.

That time is the real one, or one that runs faster.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from moto.cloudwatch.models import MetricAggregatedDatum

from hubctl.scaling.alarms import COMPARISONS, Alarm, AlarmComparison, MetricQuery, Treatment
from hubctl.scaling.group import ScaledGroupSettings
from hubctl.scaling.lifecycle import LifecycleHook
from hubctl.scaling.metrics import MetricId, MetricStore, Sample, predefined_metric
from hubctl.scaling.policies import (
    Policy,
    ScalingStep,
    SimplePolicy,
    StepPolicy,
    TargetTrackingPolicy,
)
from hubctl.scaling.purchasing import MixedInstances
from hubctl.trial.aws.extensions.warm_pools import spot_in, warm_pool_of


def alarm_of(alarm: Any) -> Alarm | None:
    """Return a moto alarm as the engine's.

    None for composite and anomaly alarms, which do not scale, and for metric math that the engine does not know.
    """
    if alarm.rule or alarm.comparison_operator not in COMPARISONS:
        return None
    try:
        return _math_alarm(alarm) if alarm.metric_data_queries else _alarm(alarm, **_single_metric(alarm))
    except ValueError:
        if alarm.metric_data_queries:
            return None
        raise


def _single_metric(alarm: Any) -> dict[str, Any]:
    return {
        "metric": _metric_id(alarm.namespace, alarm.metric_name, alarm.dimensions),
        "period": int(alarm.period),
        "statistic": alarm.statistic or alarm.extended_statistic,
    }


def _metric_id(namespace: str, name: str, dimensions: Iterable[Any]) -> MetricId:
    pairs = frozenset((dimension.name, dimension.value) for dimension in dimensions)
    return MetricId(namespace=namespace, name=name, dimensions=pairs)


def _math_alarm(alarm: Any) -> Alarm | None:
    """Return an alarm over one expression, whose metrics have one period; None for any other."""
    plain = [query for query in alarm.metric_data_queries if query.metric_stat]
    expressions = [query.expression for query in alarm.metric_data_queries if query.expression]
    periods = {int(query.metric_stat.period) for query in plain}
    if len(expressions) != 1 or len(periods) != 1:
        return None
    queries = tuple(
        MetricQuery(
            id=query.id,
            metric=_metric_id(
                query.metric_stat.metric.namespace,
                query.metric_stat.metric.metric_name,
                query.metric_stat.metric.dimensions,
            ),
            statistic=query.metric_stat.stat,
        )
        for query in plain
    )
    return _alarm(
        alarm,
        metric=queries[0].metric,
        period=periods.pop(),
        statistic=queries[0].statistic,
        queries=queries,
        expression=expressions[0],
    )


def _alarm(alarm: Any, **read: Any) -> Alarm:
    return Alarm(
        **read,
        name=alarm.name,
        comparison=cast(AlarmComparison, alarm.comparison_operator),
        threshold=float(alarm.threshold),
        evaluation_periods=int(alarm.evaluation_periods),
        datapoints=int(alarm.datapoints_to_alarm) if alarm.datapoints_to_alarm else None,
        missing=cast(Treatment, alarm.treat_missing_data or "missing"),
        actions=tuple(alarm.alarm_actions or ()),
        actions_enabled=bool(alarm.actions_enabled),
    )


def policy_of(policy: Any) -> Policy | None:
    """Return a moto policy as the engine's; None for a predictive or a disabled one."""
    if not getattr(policy, "enabled", True):
        return None
    magnitude = int(policy.min_adjustment_magnitude or 0)
    warmup = _number(policy.estimated_instance_warmup)
    if policy.policy_type == "TargetTrackingScaling":
        return _tracking(policy, warmup)
    if policy.policy_type == "StepScaling":
        steps = tuple(
            ScalingStep(
                adjustment=int(step["ScalingAdjustment"]),
                lower=_number(step.get("MetricIntervalLowerBound")),
                upper=_number(step.get("MetricIntervalUpperBound")),
            )
            for step in policy.step_adjustments or ()
        )
        return StepPolicy(
            name=policy.name,
            adjustment_type=policy.adjustment_type,
            steps=steps,
            min_magnitude=magnitude,
            warmup=warmup,
        )
    if policy.policy_type in ("SimpleScaling", None, ""):
        return SimplePolicy(
            name=policy.name,
            adjustment_type=policy.adjustment_type,
            adjustment=int(policy.scaling_adjustment),
            min_magnitude=magnitude,
            cooldown=_number(policy.cooldown),
        )
    return None


def _tracking(policy: Any, warmup: float | None) -> TargetTrackingPolicy:
    settings: Mapping[str, Any] = vars(policy.target_tracking_configuration)
    custom = settings.get("CustomizedMetricSpecification")
    if custom:
        dimensions = frozenset((pair["Name"], pair["Value"]) for pair in custom.get("Dimensions", ()))
        metric = MetricId(namespace=custom["Namespace"], name=custom["MetricName"], dimensions=dimensions)
        statistic = custom.get("Statistic", "Average")
    else:
        given = settings["PredefinedMetricSpecification"]
        metric, statistic = predefined_metric(
            given["PredefinedMetricType"], policy.auto_scaling_group_name, given.get("ResourceLabel")
        )
    return TargetTrackingPolicy(
        name=policy.name,
        metric=metric,
        statistic=statistic,
        target=float(settings["TargetValue"]),
        disable_scale_in=str(settings.get("DisableScaleIn", False)).lower() == "true",
        warmup=warmup,
    )


def group_of(group: Any, hooks: Iterable[Any]) -> ScaledGroupSettings:
    """Return the settings of a moto group and its lifecycle hooks."""
    warmup = _number(getattr(group, "default_instance_warmup", None))
    return ScaledGroupSettings(
        name=group.name,
        min_size=int(group.min_size),
        max_size=int(group.max_size),
        zones=tuple(sorted(set(group.availability_zones))),
        default_cooldown=float(group.default_cooldown),
        default_warmup=None if warmup is None or warmup < 0 else warmup,
        protect_new=bool(group.new_instances_protected_from_scale_in),
        termination_policies=tuple(group.termination_policies or ("Default",)),
        hooks=tuple(
            LifecycleHook(
                name=hook.name,
                transition=hook.lifecycle_transition,
                heartbeat=float(hook.heartbeat_timeout),
                default=hook.default_result,
            )
            for hook in hooks
        ),
        suspended=frozenset(process["ProcessName"] for process in group.suspended_processes),
        warm_pool=warm_pool_of(group),
        mixed=mixed_of(group),
        capacity_rebalance=str(group.capacity_rebalance).lower() == "true",
    )


def mixed_of(group: Any) -> MixedInstances | None:
    """Return the mixed instances policy of a moto group; None for a group of one type.

    Only what has no weights is understood: an instance counts as one.
    """
    policy = group.mixed_instances_policy
    if not policy:
        return None
    overrides = policy["LaunchTemplate"].get("Overrides") or ()
    types = tuple(str(one["InstanceType"]) for one in overrides if one.get("InstanceType"))
    asked = policy.get("InstancesDistribution") or {}
    settings = {
        "on_demand_base": asked.get("OnDemandBaseCapacity"),
        "on_demand_percent": asked.get("OnDemandPercentageAboveBaseCapacity"),
    }
    strategies = {
        "on_demand_strategy": asked.get("OnDemandAllocationStrategy"),
        "spot_strategy": asked.get("SpotAllocationStrategy"),
    }
    numbers: dict[str, Any] = {name: int(value) for name, value in settings.items() if value is not None}
    given: dict[str, Any] = {name: value for name, value in strategies.items() if value}
    return MixedInstances(types=types or (str(group.instance_type),), **numbers, **given)


def spot_alone(group: Any) -> bool:
    """Tell whether each instance of a group without a mixed instances policy is a spot instance."""
    return not group.mixed_instances_policy and spot_in(group) is not None


def _number(value: object) -> float | None:
    return None if value in (None, "") else float(cast(float, value))


class Clock:
    """Seconds since the epoch that pass ``speed`` times as fast as real ones, from ``start``, when it is made.

    With a speed of 30 a period of a minute is over after two real seconds: publishers of metrics have to publish as much
    more often. Time stamps of metrics are real, so :meth:`at` maps them.
    """

    def __init__(self, speed: float = 1.0, real: Callable[[], float] = time.time) -> None:
        self.speed = speed
        self._real = real
        self.start = real()

    def now(self) -> float:
        """Return the time now."""
        return self.at(self._real())

    def at(self, real: float) -> float:
        """Return the time at a real moment."""
        return self.start + (real - self.start) * self.speed

    def moment(self, at: float) -> datetime:
        """Return the real moment at which this clock shows ``at``, as moto writes moments."""
        return datetime.fromtimestamp(self.start + (at - self.start) / self.speed, UTC).replace(tzinfo=None)

    def real_seconds(self, seconds: float) -> float:
        """Return how many real seconds ``seconds`` of this clock take."""
        return seconds / self.speed


def epoch(moment: datetime) -> float:
    """Return the seconds since the epoch; a moment without a zone is UTC, as moto's are."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


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
