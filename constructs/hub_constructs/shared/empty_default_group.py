"""The security group that every VPC comes with, emptied: what is launched without a group of its own reaches nothing."""

from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from constructs import Construct

from hub_constructs.core.addresses import at


class EmptyDefaultGroup(Construct):
    """Takes the VPC's default group over and takes its rules away; a destroy leaves it to the VPC again."""

    def __init__(self, scope: Construct, id_: str, *, vpc_id: str, name: str) -> None:
        super().__init__(scope, id_)
        self.group = at(
            DefaultSecurityGroup(self, "group", vpc_id=vpc_id, tags={"Name": f"{name}-unused"}), "unused"
        )
