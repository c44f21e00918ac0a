"""The original design's workers: a launch configuration with a spot price, and the auto scaling group (B4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup, AutoscalingGroupTag
from cdktf_cdktf_provider_aws.launch_configuration import LaunchConfiguration
from constructs import Construct

from hub_constructs.addresses import at


@dataclass(frozen=True, kw_only=True)
class SpotWorkersProps:
    """``spot_price`` in USD an hour; ``after`` is created first; sizes may be number tokens."""

    group_name: str
    image_id: str
    instance_type: str
    instance_profile: str
    key_name: str
    security_group_ids: Sequence[str]
    subnet_ids: Sequence[str]
    spot_price: str
    user_data_base64: str
    min_size: float
    max_size: float
    tags: Mapping[str, str]
    after: Sequence[ITerraformDependable]


class SpotWorkers(Construct):
    """Launch configuration and group. AWS offers launch configurations to existing users only."""

    def __init__(self, scope: Construct, id_: str, props: SpotWorkersProps) -> None:
        super().__init__(scope, id_)
        self.launch_configuration = at(
            LaunchConfiguration(
                self,
                "launch-configuration",
                image_id=props.image_id,
                instance_type=props.instance_type,
                iam_instance_profile=props.instance_profile,
                key_name=props.key_name,
                security_groups=list(props.security_group_ids),
                associate_public_ip_address=False,
                enable_monitoring=True,
                spot_price=props.spot_price,
                user_data_base64=props.user_data_base64,
                depends_on=list(props.after),
            ),
            "chef-workers",
        )
        self.group = at(
            AutoscalingGroup(
                self,
                "group",
                name=props.group_name,
                launch_configuration=self.launch_configuration.name,
                vpc_zone_identifier=list(props.subnet_ids),
                min_size=props.min_size,
                max_size=props.max_size,
                desired_capacity=props.min_size,
                health_check_type="EC2",
                health_check_grace_period=300,
                protect_from_scale_in=False,
                tag=[
                    AutoscalingGroupTag(key=key, value=value, propagate_at_launch=True)
                    for key, value in props.tags.items()
                ],
                depends_on=list(props.after),
            ),
            "chef-workers",
        )
