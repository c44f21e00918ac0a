"""How new lab instances start: a launch template, or the older launch configuration where one exists already."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdktf import Fn, Precondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroupLaunchTemplate
from cdktf_cdktf_provider_aws.launch_configuration import (
    LaunchConfiguration,
    LaunchConfigurationMetadataOptions,
    LaunchConfigurationRootBlockDevice,
)
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate,
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
    LaunchTemplateIamInstanceProfile,
    LaunchTemplateMetadataOptions,
    LaunchTemplateMonitoring,
    LaunchTemplateTagSpecifications,
)
from constructs import Construct

from hub_constructs.addresses import at

ADDRESS = "lab"
# Hop limit 1: notebook containers are one hop further and cannot reach the instance's credentials.
_METADATA: dict[str, Any] = {
    "http_endpoint": "enabled",
    "http_tokens": "required",
    "http_put_response_hop_limit": 1,
}


@dataclass(frozen=True, kw_only=True)
class LaunchProps:
    """What every new instance gets. ``user_data`` is plain text; ``tags`` go to instances and volumes.

    ``fits`` has to hold before AWS is asked.
    """

    name: str
    image_id: str
    root_device_name: str
    instance_type: str
    instance_profile_arn: str
    instance_profile_name: str
    security_group_id: str
    root_volume_gib: float
    user_data: str
    tags: Mapping[str, str]
    fits: Precondition


def launch_by_template(scope: Construct, props: LaunchProps) -> dict[str, Any]:
    """Make a launch template; return the arguments with which a group uses it."""
    template = at(_template(scope, props), ADDRESS)
    return {
        "launch_template": AutoscalingGroupLaunchTemplate(
            id=template.id, version=Fn.tostring(template.latest_version)
        )
    }


def launch_by_configuration(scope: Construct, props: LaunchProps) -> dict[str, Any]:
    """Make a launch configuration; return the arguments with which a group uses it."""
    configuration = LaunchConfiguration(
        scope,
        "launch-configuration",
        name_prefix=f"{props.name}-",
        image_id=props.image_id,
        instance_type=props.instance_type,
        iam_instance_profile=props.instance_profile_name,
        security_groups=[props.security_group_id],
        metadata_options=LaunchConfigurationMetadataOptions(**_METADATA),
        enable_monitoring=True,
        root_block_device=LaunchConfigurationRootBlockDevice(
            encrypted=True, volume_type="gp3", volume_size=props.root_volume_gib
        ),
        user_data=props.user_data,
        # It cannot be changed, and the group always needs one.
        lifecycle=TerraformResourceLifecycle(create_before_destroy=True, precondition=[props.fits]),
    )
    return {"launch_configuration": at(configuration, ADDRESS).name}


def _template(scope: Construct, props: LaunchProps) -> LaunchTemplate:
    return LaunchTemplate(
        scope,
        "launch-template",
        name=props.name,
        update_default_version=True,
        image_id=props.image_id,
        instance_type=props.instance_type,
        iam_instance_profile=LaunchTemplateIamInstanceProfile(arn=props.instance_profile_arn),
        vpc_security_group_ids=[props.security_group_id],
        metadata_options=LaunchTemplateMetadataOptions(**_METADATA),
        monitoring=LaunchTemplateMonitoring(enabled=True),
        block_device_mappings=[
            LaunchTemplateBlockDeviceMappings(
                device_name=props.root_device_name,
                ebs=LaunchTemplateBlockDeviceMappingsEbs(
                    encrypted="true",
                    volume_type="gp3",
                    volume_size=props.root_volume_gib,
                    delete_on_termination="true",
                ),
            )
        ],
        tag_specifications=[
            LaunchTemplateTagSpecifications(resource_type=kind, tags=dict(props.tags))
            for kind in ("instance", "volume")
        ],
        user_data=Fn.base64encode(props.user_data),
        tags={"Name": props.name},
        lifecycle=TerraformResourceLifecycle(precondition=[props.fits]),
    )
