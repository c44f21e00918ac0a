"""EC2 security group rules: protocols without ports, and descriptions of rules that name a group.

Protocols such as ESP (50) come without ports, and EC2 shows -1 for both; moto expects numbers from everybody.
A rule's description stands with its range or with its group; moto shows the range's only.
"""

from typing import Any

from moto.ec2.exceptions import MissingParameterError
from moto.ec2.models.security_groups import SecurityGroupRule

from hubctl.local_aws.extensions.patching import replace_property, wrap

WITH_PORTS = ("tcp", "udp", "icmp", "icmpv6", "6", "17", "1", "58")
ALL_PORTS = "-1"


@wrap(SecurityGroupRule, "__init__")
def _init(
    original: Any,
    self: SecurityGroupRule,
    ec2_backend: Any,
    ip_protocol: str,
    group_id: str,
    from_port: str | None,
    to_port: str | None,
    *others: Any,
    **named: Any,
) -> None:
    if from_port is None or to_port is None:
        if str(ip_protocol) in WITH_PORTS:
            raise MissingParameterError("fromPort" if from_port is None else "toPort")
        from_port = to_port = ALL_PORTS
    original(self, ec2_backend, ip_protocol, group_id, from_port, to_port, *others, **named)


@replace_property(SecurityGroupRule)
def description(self: SecurityGroupRule) -> str | None:
    """Return the description; one that was modified later stands with the range, whatever the rule names."""
    found = self.ip_range.get("Description") or self.source_group.get("Description")
    return str(found) if found else None
