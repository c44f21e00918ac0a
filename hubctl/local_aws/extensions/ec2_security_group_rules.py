"""EC2 security group rules: protocols without ports, such as ESP (50), come without ports.

EC2 shows -1 for both then; moto expects numbers from everybody.
"""

from typing import Any

from moto.ec2.exceptions import MissingParameterError
from moto.ec2.models.security_groups import SecurityGroupRule

from hubctl.local_aws.extensions.patching import wrap

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
