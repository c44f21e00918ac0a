"""Tells which of the two designs a state holds, so that a mix-up or a missing part is named before anything is matched."""

from collections.abc import Collection, Iterator, Mapping

from hubctl.adopt.matching.relations import canonical
from hubctl.adopt.state.existing import Existing, ExistingState
from hubctl.core.errors import BadInputError

# What each design cannot be without, and the other one does not have.
_SIGNS: Mapping[str, frozenset[str]] = {
    "aws-lab": frozenset({"aws_lb", "aws_lb_listener", "aws_lb_target_group", "aws_acm_certificate"}),
    "chef-hub": frozenset(
        {
            "aws_instance",
            "aws_service_discovery_private_dns_namespace",
            "aws_service_discovery_service",
            "aws_ssm_document",
            "aws_ssm_parameter",
            "aws_efs_file_system",
        }
    ),
}
_NEEDS = {
    "aws-lab": "an Application Load Balancer with an HTTPS listener in front of an auto scaling group",
    "chef-hub": "EC2 instances with a shared file system and Cloud Map, and an auto scaling group of workers",
}
# Instances with files and parameters are not yet a Chef hub.
_CLOUD_MAP = frozenset(
    {"aws_service_discovery_private_dns_namespace", "aws_service_discovery_service", "aws_ssm_document"}
)
_KINDS = {"network": "Network Load Balancer", "gateway": "Gateway Load Balancer"}
_ADD_BALANCER = (
    "In the existing configuration, put an Application Load Balancer with an HTTPS listener in front of an auto scaling "
    "group, and apply it; then run this again. Or deploy aws-lab beside it, as a new one."
)
_ADD_HTTPS = (
    "In the existing configuration, add an HTTPS listener with a certificate, which forwards to the group, and apply it; "
    "then run this again."
)


def check_stack(state: ExistingState, stack: str, imports: Collection[str] = ()) -> None:
    """Raise BadInputError when the state does not hold the design of ``stack``.

    ``imports`` are our addresses of what is in no state and is taken in beside it.
    """
    types = {canonical(resource) for resource in state.resources}
    signs = {name: len(wanted & types) for name, wanted in _SIGNS.items()}
    other = next(name for name in _SIGNS if name != stack)
    own = signs[stack] >= 2 and signs[stack] >= signs[other] - 1
    if signs[other] >= 2 and not own and (other != "chef-hub" or _CLOUD_MAP & types):
        raise BadInputError(
            f"the state does not hold the design of {stack} ({_NEEDS[stack]}), but that of {other}",
            remedy=f"Use --stack {other}, or give the state of the other deployment.",
        )
    if stack == "aws-lab":
        _check_lab(state, imports)
    elif signs[stack] < 2:
        raise BadInputError(
            f"the state does not hold the design of {stack}: it lacks {_NEEDS[stack]}",
            remedy=f"Give the state of the deployment that {stack} is to take over; `terraform state list` shows what is in one.",
        )


def _check_lab(state: ExistingState, imports: Collection[str]) -> None:
    """Name what stands where a lab has its balancer, in one sentence, and what would be needed."""
    balancers = [found for found in state.resources if canonical(found) == "aws_lb"]
    applications = [found for found in balancers if found.text("load_balancer_type") in ("", "application")]
    listeners = [found for found in state.resources if canonical(found) == "aws_lb_listener"]
    secure = any(listener.text("protocol") == "HTTPS" for listener in listeners)
    groups = any(state.of("aws_autoscaling_group")) or "aws_autoscaling_group.lab" in imports
    if secure or "aws_lb_listener.https" in imports:
        if groups:
            return
        there, remedy = f"a balancer{_named(applications)}, but no auto scaling group", _ADD_BALANCER
    elif applications:
        ports = " and ".join(sorted({str(found.values.get("port")) for found in listeners} - {"None"}))
        there = f"an Application Load Balancer{_named(applications)} without an HTTPS listener"
        there += f", only at port {ports}" if ports else ""
        remedy = _ADD_HTTPS if groups else _ADD_BALANCER
    else:
        there, remedy = ", ".join(_instead(state, balancers)) or "none of these", _ADD_BALANCER
    raise BadInputError(
        f"the state does not hold the design of aws-lab: that is {_NEEDS['aws-lab']}; the state has {there}",
        remedy=remedy,
    )


def _instead(state: ExistingState, balancers: Collection[Existing]) -> Iterator[str]:
    """Yield what stands in front of the instances instead of an Application Load Balancer."""
    classic = list(state.of("aws_elb"))
    if classic:
        yield f"a Classic Load Balancer{_named(classic)}"
    for kind, name in _KINDS.items():
        found = [balancer for balancer in balancers if balancer.text("load_balancer_type") == kind]
        if found:
            yield f"a {name}{_named(found)}"
    content = list(state.of("aws_cloudfront_distribution"))
    if content:
        yield f"CloudFront{_named(content)}"
    instances = list(state.of("aws_instance"))
    if not any(state.of("aws_autoscaling_group")) and instances:
        yield f"instances in no auto scaling group{_named(instances)}"


def _named(resources: Collection[Existing]) -> str:
    return f" ({', '.join(resource.address for resource in resources)})" if resources else ""
