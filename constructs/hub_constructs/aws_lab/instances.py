"""How the lab instances start and end.

New ones start from a launch template, or from the older launch configuration where one exists already. An auto scaling
group over all subnets holds them, and a lifecycle hook lets them end in order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdktf import (
    AssetType,
    Fn,
    ITerraformDependable,
    Op,
    Precondition,
    TerraformAsset,
    TerraformLocal,
    TerraformResourceLifecycle,
)
from cdktf_cdktf_provider_aws.autoscaling_attachment import AutoscalingAttachment
from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroup,
    AutoscalingGroupTag,
)
from cdktf_cdktf_provider_aws.autoscaling_lifecycle_hook import AutoscalingLifecycleHook
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.launch_configuration import (
    LaunchConfiguration,
    LaunchConfigurationMetadataOptions,
    LaunchConfigurationRootBlockDevice,
)
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate,
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
    LaunchTemplateHibernationOptions,
    LaunchTemplateIamInstanceProfile,
    LaunchTemplateMetadataOptions,
    LaunchTemplateMonitoring,
    LaunchTemplateTagSpecifications,
)
from constructs import Construct

from hub_constructs.core.addresses import at
from hub_constructs.shared.group_capacity import POOLED_WARMUP_SECONDS, WarmPool, launching, launching_hook

ADDRESS = "lab"
FIRST_BOOT = Path(__file__).resolve().parent / "first_boot.sh"
# AWS takes 16384 bytes of user data: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
# The rest is for the script.
SETTINGS_BYTES = 14_000
BOOT_SECONDS = 300  # the balancer's verdict on a new instance counts from here on
LAUNCHING_SECONDS = 600  # twice a first boot with its image
GROUP_METRICS = [
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupTerminatingInstances",
]
# Hop limit 1: notebook containers are one hop further and cannot reach the instance's credentials.
_METADATA_OPTIONS: dict[str, Any] = {
    "http_endpoint": "enabled",
    "http_tokens": "required",
    "http_put_response_hop_limit": 1,
}


@dataclass(frozen=True, kw_only=True)
class LabInstancesProps:
    """``settings`` reach the instances as JSON (see ``_user_data``); ``drain_timeout`` is in seconds or None.

    ``launch`` is ``template`` or ``configuration``; ``separate_attachment`` attaches the target group by a separate
    resource. ``other_types`` are taken where ``instance_type`` is not to be had. ``after`` is what an instance needs
    although nothing refers to it: it is created before the first instance and deleted after the last one.
    """

    name: str
    image_id: str
    root_device_name: str
    instance_type: str
    instance_profile: IamInstanceProfile
    security_group_id: str
    subnet_ids: Sequence[str]
    target_group_arn: str
    root_volume_gib: float
    min_size: float
    max_size: float
    drain_timeout: float | None
    settings: Mapping[str, object]
    tags: Mapping[str, str]
    launch: str = "template"
    other_types: Sequence[str] = ()
    warm_pool: WarmPool | None = None
    separate_attachment: bool = False
    after: Sequence[ITerraformDependable] = ()


class LabInstances(Construct):
    """Launch template (or configuration), group and lifecycle hook."""

    def __init__(self, scope: Construct, id_: str, props: LabInstancesProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        self.group = at(self._group(self._launch()), "lab")
        if props.separate_attachment:
            self._attach()
        self.drain_hook = None
        if props.drain_timeout is not None:
            self.drain_hook = at(
                AutoscalingLifecycleHook(
                    self,
                    "drain",
                    name=drain_hook_name(props.name),
                    autoscaling_group_name=self.group.name,
                    lifecycle_transition="autoscaling:EC2_INSTANCE_TERMINATING",
                    heartbeat_timeout=props.drain_timeout,
                    default_result="CONTINUE",
                ),
                "drain",
            )

        self.launching_hook = None
        if props.warm_pool is not None:
            self.launching_hook = launching_hook(
                self,
                "launching",
                name=launching_hook_name(props.name),
                group=self.group,
                seconds=LAUNCHING_SECONDS,
            )

    def _launch(self) -> dict[str, Any]:
        props = self._props
        # A local value, because CDKTF cannot put texts with references into nested functions.
        settings = at(TerraformLocal(self, "settings", dict(props.settings)), "instance_settings")
        encoded = Fn.base64encode(Fn.jsonencode(settings.expression))
        launch = launch_by_configuration if props.launch == "configuration" else launch_by_template
        return launch(
            self,
            LaunchProps(
                name=props.name,
                image_id=props.image_id,
                root_device_name=props.root_device_name,
                instance_type=props.instance_type,
                other_types=props.other_types,
                hibernates=props.warm_pool is not None and props.warm_pool.hibernated,
                instance_profile_arn=props.instance_profile.arn,
                instance_profile_name=props.instance_profile.name,
                security_group_id=props.security_group_id,
                root_volume_gib=props.root_volume_gib,
                user_data=self._user_data(encoded),
                tags={**props.tags, "Name": props.name},
                settings_fit=Precondition(
                    condition=Op.lte(Fn.length_of(encoded), SETTINGS_BYTES),
                    error_message=(
                        f"The settings of the Lab take more than {SETTINGS_BYTES} bytes of the instances' user data: let "
                        "groups in (hub_login_allowed_groups) instead of users one by one (hub_login_allowed_users)."
                    ),
                ),
            ),
        )

    def _user_data(self, settings: str) -> str:
        """Return the first boot script: it writes the settings as JSON and runs ``first_boot.sh``.

        The settings travel in base64, so that the shell interprets none of their characters.
        """
        script = TerraformAsset(self, "first-boot", path=str(FIRST_BOOT), type=AssetType.FILE)
        written = "base64 --decode > /etc/jupyterhub-lab/instance.json <<< '%s'"
        return Fn.join(
            "\n",
            [
                "#!/usr/bin/env bash",
                "set -euo pipefail",
                "install --directory --mode 0755 /etc/jupyterhub-lab",
                Fn.format(written, [settings]),
                Fn.file(script.path),
            ],
        )

    def _attach(self) -> None:
        at(
            AutoscalingAttachment(
                self,
                "attachment",
                autoscaling_group_name=self.group.name,
                lb_target_group_arn=self._props.target_group_arn,
            ),
            "lab",
        )

    def _group(self, launch: dict[str, Any]) -> AutoscalingGroup:
        props = self._props
        tags = {**props.tags, "Name": props.name}
        pool = props.warm_pool
        return AutoscalingGroup(
            self,
            "group",
            name=props.name,
            min_size=props.min_size,
            max_size=props.max_size,
            desired_capacity=props.min_size,
            vpc_zone_identifier=list(props.subnet_ids),
            target_group_arns=None if props.separate_attachment else [props.target_group_arn],
            health_check_type="ELB",
            health_check_grace_period=BOOT_SECONDS,
            default_instance_warmup=BOOT_SECONDS if pool is None else POOLED_WARMUP_SECONDS,
            warm_pool=None if pool is None else pool.block(),
            **launch,
            # No instance refresh: AWS waits an hour for instances with users, and then gives up. The instances carry a
            # rollout out themselves when `hubctl rollout start` asks for one; an apply alone replaces none.
            # https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html
            enabled_metrics=GROUP_METRICS,
            termination_policies=["OldestLaunchTemplate", "Default"],
            tag=[
                AutoscalingGroupTag(key=key, value=value, propagate_at_launch=True)
                for key, value in sorted(tags.items())
            ],
            depends_on=list(props.after) or None,
            # From the first login on the scaling policies decide the capacity; an apply must not take instances away.
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=[
                    "desired_capacity",
                    *(["target_group_arns"] if props.separate_attachment else []),
                ]
            ),
        )


def drain_hook_name(name: str) -> str:
    """Return the name of the lifecycle hook, which the instances' settings name without referring to the resource."""
    return f"{name}-drain"


def launching_hook_name(name: str) -> str:
    """Return the name of the hook at which new instances wait until they are ready."""
    return f"{name}-launching"


@dataclass(frozen=True, kw_only=True)
class LaunchProps:
    """What every new instance gets. ``user_data`` is plain text; ``tags`` go to instances and volumes.

    ``settings_fit`` is checked when Terraform plans.
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
    settings_fit: Precondition
    other_types: Sequence[str] = ()
    hibernates: bool = False


def launch_by_template(scope: Construct, props: LaunchProps) -> dict[str, Any]:
    """Make a launch template; return the arguments with which a group uses it."""
    template = at(_template(scope, props), ADDRESS)
    return launching(
        template_id=template.id,
        version=Fn.tostring(template.latest_version),
        types=[props.instance_type, *props.other_types],
    )


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
        metadata_options=LaunchTemplateMetadataOptions(**_METADATA_OPTIONS),
        monitoring=LaunchTemplateMonitoring(enabled=True),
        hibernation_options=LaunchTemplateHibernationOptions(configured=True) if props.hibernates else None,
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
        lifecycle=TerraformResourceLifecycle(precondition=[props.settings_fit]),
    )


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
        metadata_options=LaunchConfigurationMetadataOptions(**_METADATA_OPTIONS),
        enable_monitoring=True,
        root_block_device=LaunchConfigurationRootBlockDevice(
            encrypted=True, volume_type="gp3", volume_size=props.root_volume_gib
        ),
        user_data=props.user_data,
        # It cannot be changed, and the group always needs one.
        lifecycle=TerraformResourceLifecycle(create_before_destroy=True, precondition=[props.settings_fit]),
    )
    return {"launch_configuration": at(configuration, ADDRESS).name}
