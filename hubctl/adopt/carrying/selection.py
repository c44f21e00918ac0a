"""Which existing resources that the design does not know are carried on, at which addresses and in which order."""

import re
from collections.abc import Collection

from hubctl.adopt.state.existing import Existing
from hubctl.adopt.state.references import existing_edges
from stacks.adoption.addresses import without_key

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


def is_addition(resource: Existing, instances_group_id: str | None) -> bool:
    """Tell whether a resource merely adds to the design.

    A rule that opens the instances to others than the balancer does not: the design forbids it.
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
