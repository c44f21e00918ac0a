"""From the JSON of a synthesized stack to what the simulator runs on: scaling policies, auto scaling group, hooks and alarms.

The engine's own classes are the result, so that it scales as the stack says.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from hubctl.core.configuration.stack import Expressions, read_configuration
from hubctl.core.errors import BadInputError
from hubctl.scaling.alarms import COMPARISONS, Alarm, AlarmComparison, MetricQuery, Treatment
from hubctl.scaling.group import DEFAULT_COOLDOWN, ScaledGroupSettings
from hubctl.scaling.lifecycle import LifecycleHook
from hubctl.scaling.metrics import MetricId, predefined_metric
from hubctl.scaling.policies import (
    Policy,
    ScalingStep,
    SimplePolicy,
    StepPolicy,
    TargetTrackingPolicy,
)
from hubctl.scaling.purchasing import MixedInstances
from hubctl.scaling.scheduled import ScheduledAction
from hubctl.scaling.warm_pool import WarmPoolSettings
from hubctl.simulate.model import VCPUS, StackKind, StackModel
from hubctl.simulate.schedules import read_schedule
from stacks.settings.capacity import GROUP_SETTINGS
from stacks.settings.node_rules import WORKER_RESERVE_GIB
from stacks.settings.scaling_guards import capacity, instance_type

KINDS: dict[str, StackKind] = {"aws-lab": "lab", "chef-hub": "hub"}
PLACES, ENOUGH_FREE = "places_per_instance", "free_places_to_shrink"  # locals of aws-lab
LAB_USER_GIB = 1.5  # where a stack was synthesized before there was the variable
HUB_USER_GIB = 2.0  # the contract's default of the notebook servers' memory


def read_stack(file: Path, stack: str, variables: Mapping[str, Any] | None = None) -> StackModel:
    """Read a synthesized stack, with values for its Terraform variables over their defaults.

    Raises:
        BadInputError: The file, a variable or a value in it cannot be used.

    """
    return model_of(read_configuration(file), stack, variables or {})


def model_of(configuration: Mapping[str, Any], stack: str, variables: Mapping[str, Any]) -> StackModel:
    """Return the model of a stack's Terraform JSON; raise BadInputError for what cannot be simulated."""
    unknown = sorted(set(variables) - set(configuration.get("variable", {})))
    if unknown:
        raise BadInputError(
            f"{stack} has no variable {', '.join(unknown)}",
            remedy="docs/reference/settings.md lists the Terraform variables of the stacks.",
        )
    reader = _Reader(configuration, Expressions(configuration, variables), stack)
    try:
        return reader.model()
    except (KeyError, TypeError, ValueError) as error:
        problem = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise BadInputError(
            f"{stack} cannot be simulated: {problem}",
            remedy="Give the variable that it depends on with --var NAME=VALUE, or synthesize the stack anew.",
        ) from error


class _Reader:
    def __init__(self, configuration: Mapping[str, Any], expressions: Expressions, stack: str) -> None:
        self._configuration = configuration
        self._expressions = expressions
        self._stack = stack
        self._kind = KINDS[stack]

    def _all(self, kind: str) -> dict[str, dict[str, Any]]:
        found = self._configuration.get("resource", {}).get(kind, {})
        return {name: self._expressions.value(raw) for name, raw in found.items()}

    def _sized(self) -> Expressions:
        """Return the expressions with what Terraform reckons of the instance type, which it asks AWS for."""
        variables = self._expressions.variables
        if PLACES not in self._configuration.get("locals", {}):
            return self._expressions
        places, spare = self._places(str(self._launch()["instance_type"])), number(variables["spare_places"])
        known = {PLACES: places, ENOUGH_FREE: spare + places}
        configuration = {**self._configuration, "locals": {**self._configuration["locals"], **known}}
        return Expressions(configuration, variables)

    def model(self) -> StackModel:
        self._expressions = self._sized()
        (raw,) = self._all("aws_autoscaling_group").values()
        group = group_from(raw, list(self._all("aws_autoscaling_lifecycle_hook").values()))
        named = {
            f"aws_autoscaling_policy.{address}.arn": policy_from(policy, group.name)
            for address, policy in self._all("aws_autoscaling_policy").items()
        }
        policies = {arn: policy for arn, policy in named.items() if policy is not None}
        launch = self._launch()
        mixed = group.mixed
        return StackModel(
            name=self._stack,
            kind=self._kind,
            group=group,
            policies=tuple(policies.values()),
            alarms=tuple(
                alarm
                for raw_alarm in self._all("aws_cloudwatch_metric_alarm").values()
                if (alarm := alarm_from(raw_alarm, {arn: one.name for arn, one in policies.items()}))
            ),
            instance_type=str(launch["instance_type"]),
            places=self._places(str(launch["instance_type"])),
            user_gib=self._user_gib(),
            spot=bool(
                launch.get("spot_price")
                or launch.get("instance_market_options")
                or (mixed is not None and mixed.uses_spot)
            ),
            on_demand_base=mixed.on_demand_base if mixed else 0,
            on_demand_percent=mixed.on_demand_percent if mixed else 0,
            packs=self._kind == "hub" or PLACES in self._configuration.get("locals", {}),
            spare_places=self._limit(GROUP_SETTINGS[self._stack].spare) or 0,
            vcpus=self._vcpus(str(launch["instance_type"])),
            disk_gib=self._disk_gib(launch),
            region=str(self._variable("region", self._variable("default_region", ""))),
            drain_timeout=self._drain_timeout(group),
            max_users=self._limit("hub_max_users"),
            max_servers=self._most_servers(),
            schedule=self._schedule(group, self._places(str(launch["instance_type"]))),
        )

    def _schedule(self, group: ScaledGroupSettings, places: int) -> tuple[ScheduledAction, ...]:
        ordinary = int(number(self._variable(GROUP_SETTINGS[self._stack].smallest, group.min_size)))
        return read_schedule(
            self._configuration, self._expressions, group.name, ordinary=ordinary, places=places
        )

    def _launch(self) -> dict[str, Any]:
        launches = {**self._all("aws_launch_configuration"), **self._all("aws_launch_template")}
        (launch,) = launches.values()
        return launch

    def _disk_gib(self, launch: Mapping[str, Any]) -> float:
        """Return the size of the root volume, which is paid for while an instance is stopped."""
        mappings = launch.get("block_device_mappings") or launch.get("root_block_device") or []
        first = _block(mappings) or {}
        size = (_block(first.get("ebs")) or first).get("volume_size", 0)
        return float(size) if isinstance(size, int | float) else 0.0

    def _places(self, kind: str) -> int:
        size = instance_type(kind)
        if size is None:
            raise ValueError(
                f"the size of a {kind} is not known; add it to stacks/settings/instance_types.json"
            )
        if self._kind == "lab":
            places = capacity(size.memory_gib, self._user_gib())
        else:
            places = int((size.memory_gib - WORKER_RESERVE_GIB) / self._user_gib())
        if places < 1:
            setting = "user_memory_gib" if self._kind == "lab" else "hub_user_memory_gib"
            raise ValueError(
                f"a {kind} with {size.memory_gib:g} GiB holds not a single user of {self._user_gib():g} GiB; "
                f"choose a larger instance type or a smaller {setting}"
            )
        return places

    def _vcpus(self, kind: str) -> int:
        size = instance_type(kind)
        return VCPUS if size is None else size.vcpus

    def _user_gib(self) -> float:
        if self._kind == "lab":
            return number(self._variable("user_memory_gib", LAB_USER_GIB))
        contract = self._expressions.value(self._configuration.get("locals", {}).get("node_contract", {}))
        return number(contract.get("hub", {}).get("user_memory_gib", HUB_USER_GIB))

    def _drain_timeout(self, group: ScaledGroupSettings) -> float:
        if not any(hook.transition.endswith("TERMINATING") for hook in group.hooks) or self._kind == "hub":
            return 0.0
        return number(self._variable("drain_timeout_seconds", group.hooks[0].heartbeat))

    def _most_servers(self) -> int | None:
        memory = self._limit("hub_max_cluster_memory_gib")
        return None if memory is None else int(memory / self._user_gib())

    def _limit(self, variable: str) -> int | None:
        value = self._variable(variable, None)
        return None if value is None else int(number(value))

    def _variable(self, name: str, default: Any) -> Any:
        value = self._expressions.variables.get(name)
        return default if value is None else value


def policy_from(raw: Mapping[str, Any], group: str) -> Policy | None:
    """Return an ``aws_autoscaling_policy`` whose expressions are resolved; None for a disabled or a predictive one.

    Raises:
        ValueError, KeyError: Something is missing, or is not a number.

    """
    kind = raw.get("policy_type", "SimpleScaling")
    if raw.get("enabled") is False:
        return None
    if kind == "StepScaling":
        return StepPolicy(
            name=str(raw["name"]),
            adjustment_type=raw["adjustment_type"],
            steps=tuple(
                ScalingStep(
                    adjustment=int(step["scaling_adjustment"]),
                    lower=_bound(step.get("metric_interval_lower_bound")),
                    upper=_bound(step.get("metric_interval_upper_bound")),
                )
                for step in raw["step_adjustment"]
            ),
            min_magnitude=int(raw.get("min_adjustment_magnitude") or 0),
            warmup=_bound(raw.get("estimated_instance_warmup")),
        )
    if kind == "TargetTrackingScaling":
        return _tracking(raw, group)
    if kind != "SimpleScaling":
        return None
    return SimplePolicy(
        name=str(raw["name"]),
        adjustment_type=raw["adjustment_type"],
        adjustment=int(raw["scaling_adjustment"]),
        min_magnitude=int(raw.get("min_adjustment_magnitude") or 0),
        cooldown=_bound(raw.get("cooldown")),
    )


def _tracking(raw: Mapping[str, Any], group: str) -> TargetTrackingPolicy:
    settings = raw["target_tracking_configuration"]
    custom = settings.get("customized_metric_specification")
    if custom:
        pairs = custom.get("metric_dimension") or ()
        metric = MetricId(
            namespace=custom["namespace"],
            name=custom["metric_name"],
            dimensions=frozenset((pair["name"], pair["value"]) for pair in pairs),
        )
        statistic = custom.get("statistic", "Average")
    else:
        given = settings["predefined_metric_specification"]
        metric, statistic = predefined_metric(
            given["predefined_metric_type"], group, given.get("resource_label")
        )
    return TargetTrackingPolicy(
        name=str(raw["name"]),
        metric=metric,
        statistic=statistic,
        target=float(settings["target_value"]),
        disable_scale_in=bool(settings.get("disable_scale_in", False)),
        warmup=_bound(raw.get("estimated_instance_warmup")),
    )


def _bound(value: Any) -> float | None:
    return None if value in (None, "") else float(value)


def group_from(raw: Mapping[str, Any], hooks: Sequence[Mapping[str, Any]]) -> ScaledGroupSettings:
    """Return an ``aws_autoscaling_group`` whose expressions are resolved, with its hooks.

    Raises:
        ValueError, KeyError: Something is missing or not a number, or the sizes contradict each other.

    """
    warmup = raw.get("default_instance_warmup")
    smallest, largest = int(number(raw["min_size"])), int(number(raw["max_size"]))
    if not 0 <= smallest <= largest:
        raise ValueError(f"the smallest size {smallest} is not between 0 and the largest, {largest}")
    return ScaledGroupSettings(
        name=str(raw["name"]),
        min_size=smallest,
        max_size=largest,
        zones=tuple(f"zone {place}" for place, _ in enumerate(raw.get("vpc_zone_identifier", [1]), 1)),
        default_cooldown=number(raw.get("default_cooldown", DEFAULT_COOLDOWN)),
        default_warmup=None if warmup is None else number(warmup),
        protect_new=bool(raw.get("protect_from_scale_in", False)),
        termination_policies=tuple(raw.get("termination_policies") or ("Default",)),
        hooks=tuple(
            LifecycleHook(
                name=str(hook["name"]),
                transition=hook["lifecycle_transition"],
                heartbeat=number(hook.get("heartbeat_timeout", 3600)),
                default=hook.get("default_result", "ABANDON"),
            )
            for hook in hooks
        ),
        warm_pool=_warm_pool(raw),
        mixed=_mixed(raw),
    )


def _warm_pool(raw: Mapping[str, Any]) -> WarmPoolSettings | None:
    pool = _block(raw.get("warm_pool"))
    if pool is None:
        return None
    prepared = pool.get("max_group_prepared_capacity")
    most = None if prepared is None else int(number(prepared))
    return WarmPoolSettings(
        min_size=int(number(pool.get("min_size") or 0)),
        max_prepared=None if most is None or most < 0 else most,
        state=pool.get("pool_state", "Stopped"),
        reuse_on_scale_in=bool(
            (_block(pool.get("instance_reuse_policy")) or {}).get("reuse_on_scale_in", False)
        ),
    )


def _mixed(raw: Mapping[str, Any]) -> MixedInstances | None:
    policy = _block(raw.get("mixed_instances_policy"))
    if policy is None:
        return None
    overrides = (_block(policy.get("launch_template")) or {}).get("override") or []
    types = tuple(str(one["instance_type"]) for one in overrides if one.get("instance_type"))
    if not types:
        return None
    distribution = _block(policy.get("instances_distribution")) or {}
    percent = distribution.get("on_demand_percentage_above_base_capacity")
    return MixedInstances(
        types=types,
        on_demand_base=int(number(distribution.get("on_demand_base_capacity") or 0)),
        on_demand_percent=100 if percent is None else int(number(percent)),
        on_demand_strategy=distribution.get("on_demand_allocation_strategy") or "prioritized",
        spot_strategy=distribution.get("spot_allocation_strategy") or "lowest-price",
    )


def _block(value: Any) -> Mapping[str, Any] | None:
    """Return a block that Terraform JSON has with or without brackets."""
    found = value[0] if isinstance(value, list) and value else value
    return found if isinstance(found, Mapping) else None


def alarm_from(raw: Mapping[str, Any], policies: Mapping[str, str]) -> Alarm | None:
    """Return an ``aws_cloudwatch_metric_alarm`` whose expressions are resolved; None when it sets off no policy.

    ``policies`` are names by the references in alarms' actions.

    Raises:
        ValueError, KeyError: Something is missing, or is not a number.

    """
    actions = tuple(policies[arn] for arn in raw.get("alarm_actions") or () if arn in policies)
    if not actions or raw["comparison_operator"] not in COMPARISONS:
        return None
    datapoints = raw.get("datapoints_to_alarm")
    return Alarm(
        **_watched(raw),
        name=str(raw["alarm_name"]),
        comparison=cast(AlarmComparison, raw["comparison_operator"]),
        threshold=number(raw["threshold"]),
        evaluation_periods=int(number(raw["evaluation_periods"])),
        datapoints=None if datapoints is None else int(number(datapoints)),
        missing=cast(Treatment, raw.get("treat_missing_data", "missing")),
        actions=actions,
    )


def _watched(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an alarm looks at: one metric, or an expression over several with the same period."""
    if "metric_query" not in raw:
        return _metric(raw, "statistic")
    plain = [
        (query["id"], _metric(query["metric"], "stat")) for query in raw["metric_query"] if "metric" in query
    ]
    (expression,) = [str(query["expression"]) for query in raw["metric_query"] if query.get("expression")]
    queries = tuple(
        MetricQuery(id=str(name), metric=one["metric"], statistic=one["statistic"]) for name, one in plain
    )
    return {**plain[0][1], "queries": queries, "expression": expression}


def _metric(raw: Mapping[str, Any], statistic: str) -> dict[str, Any]:
    return {
        "metric": MetricId(
            namespace=str(raw["namespace"]),
            name=str(raw["metric_name"]),
            dimensions=frozenset((raw.get("dimensions") or {}).items()),
        ),
        "period": int(number(raw["period"])),
        "statistic": str(raw.get(statistic) or raw.get("extended_statistic")),
    }


def number(value: Any) -> float:
    """Return a number that Terraform may write as a text; raise ValueError with what is there instead."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is not a number that is known before an apply") from None
