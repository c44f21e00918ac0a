"""Writes existing resources that the design does not know into the configuration, as they are in AWS."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from hubctl.adopt.existing import Existing
from hubctl.adopt.graph import existing_edges
from hubctl.adopt.references import References
from hubctl.adopt.secrecy import is_secret
from hubctl.errors import BadInputError
from stacks.terraform_addresses import without_key

Schema = Mapping[str, Any]

# What an author may hang on to the design without changing it: it goes on as it is.
ADDITIONS = frozenset(
    {
        "aws_autoscaling_lifecycle_hook",
        "aws_autoscaling_notification",
        "aws_autoscaling_schedule",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_metric_alarm",
        "aws_iam_policy",
        "aws_iam_policy_attachment",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_key_pair",
        "aws_lb_listener_certificate",
        "aws_main_route_table_association",
        "aws_route",
        "aws_route53_record",
        "aws_route53_zone",
        "aws_security_group_rule",
        "aws_sns_topic",
        "aws_sns_topic_subscription",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    }
)
_NEVER = frozenset({"id", "tags_all"})


def is_addition(resource: Existing, instances_group_id: str | None) -> bool:
    """Tell whether a resource merely adds to the design.

    A rule that opens the instances to anybody but the balancer does not: the design forbids it.
    """
    if resource.type not in ADDITIONS:
        return False
    opens = resource.type == "aws_vpc_security_group_ingress_rule" or resource.text("type") == "ingress"
    return not (opens and instances_group_id and resource.text("security_group_id") == instances_group_id)


def carried_addresses(resources: Collection[Existing], taken: Collection[str]) -> dict[str, str]:
    """Return a free address of the root module for each resource (existing address → ours)."""
    used = {*taken, *map(without_key, taken)}  # of a counted one the whole address is taken
    found = {}
    for resource in resources:
        base = f"{resource.type}.{resource.name}"
        key = "" if resource.key is None else "_" + re.sub(r"\W+", "_", str(resource.key)).strip("_")
        candidates = [base + key, f"{resource.type}.adopted_{resource.name}{key}"]
        candidates += [f"{resource.type}.adopted_{resource.name}{key}_{number}" for number in range(2, 1000)]
        address = next(candidate for candidate in candidates if candidate not in used)
        used.add(address)
        found[resource.address] = address
    return found


def carried_arguments(resource: Existing, schema: Schema, references: References) -> dict[str, Any]:
    """Return the arguments that reproduce a resource. Raises BadInputError when one of them is a secret."""
    if resource.type not in schema:
        raise BadInputError(
            f"{resource.address} cannot be carried: the AWS provider has no {resource.type}",
            remedy=f"Let go of it: --forget '{resource.resource}'. It stays as it is.",
        )
    arguments: dict[str, Any] = _arguments(schema[resource.type]["block"], resource.values, resource)
    for name in _NEVER:  # an id within a block, on the other hand, names something else
        arguments.pop(name, None)
    for name in [name for name in arguments if f"{name}_prefix" in arguments]:
        del arguments[f"{name}_prefix"]
    if "availability_zone" in arguments:  # the same zone by its other name
        arguments.pop("availability_zone_id", None)
    return {
        name: references.literal(resource.address, name, value) for name, value in sorted(arguments.items())
    }


def in_order_of_use(resources: Collection[Existing]) -> list[Existing]:
    """Return resources in a stable order in which what is referred to comes first."""
    edges = existing_edges(resources)
    waiting = {resource.address: resource for resource in resources}
    ordered: list[Existing] = []
    while waiting:
        ready = [
            address
            for address in waiting
            if not any(e.source == address and e.target in waiting and e.target != address for e in edges)
        ] or list(waiting)[:1]
        ordered += [waiting.pop(address) for address in sorted(ready)]
    return ordered


def _arguments(block: Schema, values: Mapping[str, Any], resource: Existing) -> dict[str, Any]:
    found = {}
    for name, attribute in (block.get("attributes") or {}).items():
        required = bool(attribute.get("required"))
        if not (required or attribute.get("optional")):
            continue
        value = values.get(name)
        if value is None or (
            not required and (attribute.get("deprecated") or value in ("", 0, False, [], {}))
        ):
            continue
        if attribute.get("sensitive") or is_secret(name, resource.sensitive):
            if required:
                raise BadInputError(
                    f"{resource.address} cannot be carried: its argument {name} is a secret, which is never written down",
                    remedy=f"Let go of it: --forget '{resource.resource}'. It stays in AWS as it is.",
                )
            continue
        found[name] = _unset_empty(value) if _of_objects(attribute.get("type")) else value
    for name, nested in (block.get("block_types") or {}).items():
        blocks = values.get(name) or []
        inner = [
            _arguments(nested["block"], item, resource)
            for item in (blocks if isinstance(blocks, list) else [blocks])
            if isinstance(item, Mapping)
        ]
        if any(inner):
            found[name] = inner
    return found


def _of_objects(kind: Any) -> bool:
    """Tell whether an attribute of this type is written like blocks, such as the routes of a route table."""
    return isinstance(kind, list) and len(kind) == 2 and isinstance(kind[1], list) and kind[1][0] == "object"


def _unset_empty(value: Any) -> Any:
    """Return such blocks with null for what is unset: a state has "" there, which is no address and no id."""
    if not isinstance(value, list):
        return value
    return [
        {name: None if item == "" else item for name, item in block.items()}
        if isinstance(block, Mapping)
        else block
        for block in value
    ]
