"""The lab instances: launch template, auto scaling group over all subnets, and the hook for an orderly end (A5, A7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdktf import AssetType, Fn, TerraformAsset, TerraformLocal, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroup,
    AutoscalingGroupInstanceRefresh,
    AutoscalingGroupInstanceRefreshPreferences,
    AutoscalingGroupLaunchTemplate,
    AutoscalingGroupTag,
)
from cdktf_cdktf_provider_aws.autoscaling_lifecycle_hook import AutoscalingLifecycleHook
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
from hub_constructs.machine_image import MachineImage

FIRST_BOOT = Path(__file__).resolve().parent / "first_boot.sh"
BOOT_SECONDS = 300  # the balancer's verdict on a new instance counts from here on
GROUP_METRICS = [
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupTerminatingInstances",
]


@dataclass(frozen=True, kw_only=True)
class LabInstancesProps:
    """``settings`` is what the instances are told (see ``user_data``); ``drain_timeout`` is in seconds or None."""

    name: str
    image: MachineImage
    instance_type: str
    instance_profile_arn: str
    security_group_id: str
    subnet_ids: Sequence[str]
    target_group_arn: str
    root_volume_gib: float
    min_size: float
    max_size: float
    drain_timeout: float | None
    settings: Mapping[str, object]
    tags: Mapping[str, str]


class LabInstances(Construct):
    """Launch template, group and lifecycle hook."""

    def __init__(self, scope: Construct, id_: str, props: LabInstancesProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        self.launch_template = at(self._launch_template(), "lab")
        self.group = at(self._group(), "lab")
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

    def _launch_template(self) -> LaunchTemplate:
        props = self._props
        tags = {**props.tags, "Name": props.name}
        return LaunchTemplate(
            self,
            "launch-template",
            name=props.name,
            update_default_version=True,
            image_id=props.image.id_token,
            instance_type=props.instance_type,
            iam_instance_profile=LaunchTemplateIamInstanceProfile(arn=props.instance_profile_arn),
            vpc_security_group_ids=[props.security_group_id],
            # Hop limit 1: notebook containers are one hop further and cannot reach the instance's credentials.
            metadata_options=LaunchTemplateMetadataOptions(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            monitoring=LaunchTemplateMonitoring(enabled=True),
            block_device_mappings=[
                LaunchTemplateBlockDeviceMappings(
                    device_name=props.image.lookup.root_device_name,
                    ebs=LaunchTemplateBlockDeviceMappingsEbs(
                        encrypted="true",
                        volume_type="gp3",
                        volume_size=props.root_volume_gib,
                        delete_on_termination="true",
                    ),
                )
            ],
            tag_specifications=[
                LaunchTemplateTagSpecifications(resource_type=kind, tags=tags)
                for kind in ("instance", "volume")
            ],
            user_data=Fn.base64encode(self._user_data()),
            tags={"Name": props.name},
        )

    def _user_data(self) -> str:
        """Return the first boot script: it writes the settings as JSON and runs ``first_boot.sh``.

        The settings travel in base64, so that no character of theirs can mean anything to the shell.
        """
        script = TerraformAsset(self, "first-boot", path=str(FIRST_BOOT), type=AssetType.FILE)
        # A local, because CDKTF cannot put texts with references into functions within functions.
        settings = at(TerraformLocal(self, "settings", dict(self._props.settings)), "instance_settings")
        written = "base64 --decode > /etc/jupyterhub-lab/instance.json <<< '%s'"
        return Fn.join(
            "\n",
            [
                "#!/usr/bin/env bash",
                "set -euo pipefail",
                "install --directory --mode 0755 /etc/jupyterhub-lab",
                Fn.format(written, [Fn.base64encode(Fn.jsonencode(settings.expression))]),
                Fn.file(script.path),
            ],
        )

    def _group(self) -> AutoscalingGroup:
        props = self._props
        tags = {**props.tags, "Name": props.name}
        return AutoscalingGroup(
            self,
            "group",
            name=props.name,
            min_size=props.min_size,
            max_size=props.max_size,
            desired_capacity=props.min_size,
            vpc_zone_identifier=list(props.subnet_ids),
            target_group_arns=[props.target_group_arn],
            health_check_type="ELB",
            health_check_grace_period=BOOT_SECONDS,
            default_instance_warmup=BOOT_SECONDS,
            launch_template=AutoscalingGroupLaunchTemplate(
                id=self.launch_template.id, version=Fn.tostring(self.launch_template.latest_version)
            ),
            # A new image rolls through the group; instances that hold sessions are protected and waited for.
            instance_refresh=AutoscalingGroupInstanceRefresh(
                strategy="Rolling",
                preferences=AutoscalingGroupInstanceRefreshPreferences(
                    min_healthy_percentage=100,
                    max_healthy_percentage=200,
                    scale_in_protected_instances="Wait",
                ),
            ),
            enabled_metrics=GROUP_METRICS,
            termination_policies=["OldestLaunchTemplate", "Default"],
            tag=[
                AutoscalingGroupTag(key=key, value=value, propagate_at_launch=True)
                for key, value in sorted(tags.items())
            ],
            # The policies own the capacity from the first login on; an apply must not take instances away.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["desired_capacity"]),
        )


def drain_hook_name(name: str) -> str:
    """Return the name of the lifecycle hook, which the instances are told without referring to the resource."""
    return f"{name}-drain"
