"""From the JSON of a synthesized stack to what the simulator runs on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hubctl.configuration.expressions import Expressions
from hubctl.configuration.stack import read_configuration
from hubctl.errors import BadInputError
from hubctl.scaling.group import GroupSpec
from hubctl.simulation.alarm_reading import alarm_from
from hubctl.simulation.group_reading import group_from, number
from hubctl.simulation.model import Kind, StackModel
from hubctl.simulation.policy_reading import policy_from
from stacks.instance_types import instance_type
from stacks.node_rules import WORKER_RESERVE_GIB
from stacks.scaling_guards import capacity

KINDS: dict[str, Kind] = {"aws-lab": "lab", "chef-hub": "hub"}
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

    def model(self) -> StackModel:
        (raw,) = self._all("aws_autoscaling_group").values()
        group = group_from(raw, list(self._all("aws_autoscaling_lifecycle_hook").values()))
        named = {
            f"aws_autoscaling_policy.{address}.arn": policy_from(policy, group.name)
            for address, policy in self._all("aws_autoscaling_policy").items()
        }
        policies = {arn: policy for arn, policy in named.items() if policy is not None}
        launch = self._launch()
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
            spot=bool(launch.get("spot_price") or launch.get("instance_market_options")),
            region=str(self._variable("region", self._variable("default_region", ""))),
            drain_timeout=self._drain_timeout(group),
            max_users=self._limit("hub_max_users"),
            max_servers=self._most_servers(),
        )

    def _launch(self) -> dict[str, Any]:
        launches = {**self._all("aws_launch_configuration"), **self._all("aws_launch_template")}
        (launch,) = launches.values()
        return launch

    def _places(self, kind: str) -> int:
        size = instance_type(kind)
        if size is None:
            raise ValueError(f"the size of a {kind} is not known; add it to stacks/instance_types.json")
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

    def _user_gib(self) -> float:
        if self._kind == "lab":
            return number(self._variable("user_memory_gib", LAB_USER_GIB))
        contract = self._expressions.value(self._configuration.get("locals", {}).get("node_contract", {}))
        return number(contract.get("hub", {}).get("user_memory_gib", HUB_USER_GIB))

    def _drain_timeout(self, group: GroupSpec) -> float:
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
