"""How resources of one type are distinguished: what must agree, what speaks for a match, and which words name them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hub_constructs.core.aws_limits.regions import suffixes

# Other names of one thing. The provider cannot move between them; adoption lets go of one and imports the other.
CANONICAL: Mapping[str, str] = {
    "aws_alb": "aws_lb",
    "aws_alb_listener": "aws_lb_listener",
    "aws_alb_target_group": "aws_lb_target_group",
    "aws_default_vpc": "aws_vpc",
    "aws_default_subnet": "aws_subnet",
    "aws_default_route_table": "aws_route_table",
    "aws_default_security_group": "aws_security_group",
}
# Arguments that identify something, and what it is worth when both sides agree.
_IDENTIFYING: Mapping[str, int] = {
    "name": 4,
    "alarm_name": 4,
    "domain_name": 4,
    "bucket": 4,
    "key_name": 4,
    "creation_token": 4,
    "cidr_block": 3,
    "destination_cidr_block": 3,
    "availability_zone": 2,
    "port": 3,
    "protocol": 1,
    "from_port": 3,
    "to_port": 1,
    "ip_protocol": 1,
    "type": 2,
    "metric_name": 1,
    "namespace": 1,
    "comparison_operator": 1,
    "lifecycle_transition": 3,
    "path": 1,
    "policy_arn": 4,
    "key": 2,
    "instance_type": 1,
    "dns_name": 2,
}
# Names that only one part of a design has: equal ones prove a pair. Not those that the settings were read off.
NAMES = ("name", "alarm_name", "bucket", "creation_token", "dashboard_name", "policy_arn")
# Types of which a deployment usually has one: the only one is a fair guess, though never certain. Of all others, such
# as alarms, records, roles or security groups, a state holds many that have nothing to do with the design.
STANDS_OUT = frozenset(
    {
        "aws_acm_certificate",
        "aws_acm_certificate_validation",
        "aws_autoscaling_attachment",
        "aws_autoscaling_group",
        "aws_internet_gateway",
        "aws_launch_configuration",
        "aws_launch_template",
        "aws_lb",
        "aws_lb_listener",
        "aws_lb_target_group",
        "aws_main_route_table_association",
        "aws_route_table",
        "aws_service_discovery_private_dns_namespace",
        "aws_subnet",
        "aws_vpc",
    }
)
# Types of which the purpose is read off many small traits when the settings are inferred.
SPEAKING = frozenset({"aws_efs_file_system", "aws_instance", "aws_security_group"})
# Types that are ours when the user data, roles or parameters of the instances name them.
NAMED_TO_INSTANCES = frozenset({"aws_cloudwatch_log_group", "aws_efs_file_system", "aws_s3_bucket"})
# Types whose names may be paths, of which the last part tells what something is.
_PATHS = frozenset({"aws_ecr_repository", "aws_ssm_parameter"})
_WAITS = "cloud-init status --wait"
_SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("alb", "elb", "lb", "loadbalancer", "front", "frontend", "web"), "balancer"),
    **dict.fromkeys(("nodes", "node", "instance", "ec2", "hosts", "servers"), "instances"),
    **dict.fromkeys(("efs", "nfs", "shared", "storage", "home"), "homes"),
    **dict.fromkeys(("up", "out", "grow", "increase", "scaleup", "scaleout"), "up"),
    **dict.fromkeys(("down", "in", "shrink", "decrease", "scaledown", "scalein"), "down"),
}
_MEANINGLESS = frozenset(
    {"aws", "the", "this", "main", "default", "lab", "resource", "and", "to", "from", "of"}
)


def vetoes(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what must be equal on both sides where it is known."""
    rule = _VETOES.get(kind)
    found = rule(values) if rule else {}
    return {name: value for name, value in found.items() if value is not None}


def agreement(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[float, list[str]]:
    """Return how much identifying arguments speak for a match, and which do."""
    score = 0.0
    reasons = []
    for argument, worth in _IDENTIFYING.items():
        mine, existing = ours.get(argument), theirs.get(argument)
        if mine in (None, "") or existing in (None, ""):
            continue
        if _same(mine, existing):
            score += worth
            reasons.append(f"same {argument} {existing}")
    return score, reasons


def speaking_name(kind: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str | None:
    """Return why what both sides are called, or do, proves a pair by itself; None when it does not."""
    for argument in NAMES:
        mine, existing = ours.get(argument), theirs.get(argument)
        if not isinstance(mine, str) or not isinstance(existing, str) or not mine or not existing:
            continue
        if _same(mine, existing):
            return f"same {argument} {existing}"
        if kind in _PATHS and mine.rpartition("/")[2] == existing.rpartition("/")[2]:
            return f"same last part of the {argument} {existing}"
    prefix, bucket = ours.get("bucket_prefix"), theirs.get("bucket")
    if isinstance(prefix, str) and prefix and isinstance(bucket, str) and bucket.startswith(prefix):
        return f"a bucket that begins with {prefix}"
    if kind == "aws_ssm_document" and all(_WAITS in str(side.get("content")) for side in (ours, theirs)):
        return "it waits for the first boot"
    return None


def words(name: str, values: Mapping[str, Any]) -> set[str]:
    """Return the words that name a resource: of its address, its name and its Name tag."""
    tags = values.get("tags")
    texts = [name, values.get("name"), values.get("alarm_name"), values.get("description")]
    texts.append(tags.get("Name") if isinstance(tags, Mapping) else None)
    found = re.findall(r"[a-z]+", " ".join(text for text in texts if isinstance(text, str)).lower())
    return {_SYNONYMS.get(word, word) for word in found} - _MEANINGLESS


def _same(mine: object, existing: object) -> bool:
    if isinstance(mine, bool) or isinstance(existing, bool):
        return mine is existing
    return str(mine).rstrip(".").lower() == str(existing).rstrip(".").lower()


def _number(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _adjustments(values: Mapping[str, Any]) -> Iterator[float]:
    steps = values.get("step_adjustment") or []
    for step in [values, *(steps if isinstance(steps, list) else [steps])]:
        number = _number(step.get("scaling_adjustment")) if isinstance(step, Mapping) else None
        if number:
            yield number


def _policy(values: Mapping[str, Any]) -> dict[str, Any]:
    signs = {number > 0 for number in _adjustments(values)}
    kind = values.get("policy_type")
    # One that follows a target goes up and down by itself, and needs no alarm of ours.
    follows = kind in ("TargetTrackingScaling", "PredictiveScaling") if kind else None
    return {"direction": signs.pop() if len(signs) == 1 else None, "follows": follows}


def _alarm(values: Mapping[str, Any]) -> dict[str, Any]:
    operator = values.get("comparison_operator")
    side = operator.startswith("Greater") if isinstance(operator, str) else None
    return {"side": side}


def _record(values: Mapping[str, Any]) -> dict[str, Any]:
    # The type of a validation record is only known to a plan, but it never is an alias.
    return {"alias": bool(values.get("alias")), "type": values.get("type")}


def validates(values: Mapping[str, Any]) -> bool:
    """Tell whether an existing record looks like one that proves to ACM who owns a domain."""
    texts = [text for text in values.get("records") or () if isinstance(text, str)]
    return str(values.get("fqdn") or values.get("name") or "").startswith("_") and (
        not texts or any(text.rstrip(".").endswith("acm-validations.aws") for text in texts)
    )


def validated_names(certificate: Mapping[str, Any]) -> list[str] | None:
    """Return the names of the records that validate a certificate's own domain; None: the state does not tell.

    Further names of the certificate do not count: the design validates the domain itself.
    """
    options = certificate.get("domain_validation_options")
    if options is None:
        return None
    return [
        str(option.get("resource_record_name", ""))
        for option in options
        if option.get("domain_name") == certificate.get("domain_name")
    ]


def points_at_balancer(values: Mapping[str, Any]) -> bool:
    """Tell whether an existing alias record points at a balancer, and not at CloudFront, S3 or an API."""
    alias = values.get("alias")
    blocks = alias if isinstance(alias, list) else []
    names = [str(block.get("name", "")).rstrip(".").lower() for block in blocks if isinstance(block, Mapping)]
    return any(
        ".elb." in name and name.endswith(tuple(f".{suffix}" for suffix in suffixes())) for name in names
    )


def _route(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ipv6": bool(values.get("destination_ipv6_cidr_block")),
        "destination": values.get("destination_cidr_block") or values.get("destination_ipv6_cidr_block"),
    }


def _listener(values: Mapping[str, Any]) -> dict[str, Any]:
    protocol = values.get("protocol")
    return {"secure": protocol in ("HTTPS", "TLS") if protocol else None}


def _role(values: Mapping[str, Any]) -> dict[str, Any]:
    policy = values.get("assume_role_policy")
    return {"for_instances": "ec2.amazonaws.com" in policy if isinstance(policy, str) else None}


def _separate_rule(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"ipv6": bool(values.get("cidr_ipv6"))}


_VETOES: Mapping[str, Any] = {
    "aws_iam_role_policy_attachment": lambda values: {"policy": values.get("policy_arn")},
    "aws_autoscaling_policy": _policy,
    "aws_cloudwatch_metric_alarm": _alarm,
    "aws_route53_record": _record,
    "aws_route": _route,
    "aws_lb_listener": _listener,
    "aws_lb": lambda values: {"kind": values.get("load_balancer_type") or "application"},
    "aws_iam_role": _role,
    "aws_security_group_rule": lambda values: {"direction": values.get("type")},
    "aws_vpc_security_group_ingress_rule": _separate_rule,
    "aws_vpc_security_group_egress_rule": _separate_rule,
    "aws_autoscaling_lifecycle_hook": lambda values: {"moment": values.get("lifecycle_transition")},
}
