"""The security group that every VPC comes with, emptied: an instance that is launched without naming a group reaches nothing."""

from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from constructs import Construct

from hub_constructs.core.addresses import at


class EmptyDefaultSecurityGroup(Construct):
    """Adopts the VPC's default group and removes its rules; a destroy leaves the group to the VPC."""

    def __init__(self, scope: Construct, id_: str, *, vpc_id: str, name: str) -> None:
        super().__init__(scope, id_)
        self.group = at(
            DefaultSecurityGroup(self, "group", vpc_id=vpc_id, tags={"Name": f"{name}-unused"}), "unused"
        )
