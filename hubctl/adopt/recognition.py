"""Tells which of the two designs a state holds, so that a mix-up is named before anything is matched."""

from collections.abc import Mapping

from hubctl.adopt.existing import ExistingState
from hubctl.adopt.traits import CANONICAL
from hubctl.errors import BadInputError

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
_WORDS = {
    "aws-lab": "a load balancer with listeners and a certificate",
    "chef-hub": "EC2 instances with a shared file system and Cloud Map",
}


def check_stack(state: ExistingState, stack: str) -> None:
    """Raise BadInputError when the state does not hold the design of ``stack``."""
    types = {CANONICAL.get(resource.type, resource.type) for resource in state.resources}
    signs = {name: len(wanted & types) for name, wanted in _SIGNS.items()}
    other = next(name for name in _SIGNS if name != stack)
    if signs[stack] >= 2 and signs[stack] >= signs[other] - 1:
        return
    if signs[other] >= 2:
        raise BadInputError(
            f"the state does not hold the design of {stack} ({_WORDS[stack]}), but that of {other}",
            remedy=f"Use --stack {other}, or give the state of the other deployment.",
        )
    raise BadInputError(
        f"the state does not hold the design of {stack}: there is no {_WORDS[stack]} in it",
        remedy=f"Give the state of the deployment that {stack} is to take over; `terraform state list` shows what is in one.",
    )
