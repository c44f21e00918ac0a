"""The Swarm workers: launch template, auto scaling group over both zones, the hook that lets them leave, and scaling.

There are more workers when they are busy and fewer when they are not: target tracking on the group's average CPU.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup, AutoscalingGroupTag
from cdktf_cdktf_provider_aws.autoscaling_lifecycle_hook import AutoscalingLifecycleHook
from cdktf_cdktf_provider_aws.autoscaling_policy import (
    AutoscalingPolicy,
    AutoscalingPolicyTargetTrackingConfiguration,
    AutoscalingPolicyTargetTrackingConfigurationPredefinedMetricSpecification,
)
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate,
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
    LaunchTemplateHibernationOptions,
    LaunchTemplateIamInstanceProfile,
    LaunchTemplateMetadataOptions,
    LaunchTemplateMonitoring,
    LaunchTemplateNetworkInterfaces,
    LaunchTemplateTagSpecifications,
)
from constructs import Construct

from hub_constructs.core.addresses import at
from hub_constructs.shared.group_capacity import (
    POOLED_WARMUP_SECONDS,
    SpotShare,
    WarmPool,
    launching,
    launching_hook,
)

GRACE_SECONDS = 600  # first boot, join and the pull of the notebook image
WARMUP_SECONDS = 420  # a first boot with its pull takes five to six minutes
LEAVING_SECONDS = 900  # until AWS goes on without an answer; the node drains for 300 s at most, then leaves
LAUNCHING_SECONDS = 900  # a first boot with its pull, and half as long again
ADDRESS = "chef-workers"
LAUNCHING_ADDRESS = "chef-workers-launching"
HOOK_ADDRESS = "chef-workers-terminating"


@dataclass(frozen=True, kw_only=True)
class WorkersProps:
    """Sizes may be number tokens; ``key_name`` may be empty at plan time; ``tags`` reach instances and volumes.

    ``after`` are resources that must be there before the first worker although nothing refers to them.

    ``other_types`` are taken where ``instance_type`` is not to be had; ``spot`` None means on demand.

    ``root_device`` is the image's root device name, so that the volume below replaces its root and adds none.
    """

    group_name: str
    hook_name: str
    image_id: str
    root_device: str
    root_volume_gib: int
    instance_type: str
    instance_profile_arn: str
    key_name: str
    security_group_ids: Sequence[str]
    subnet_ids: Sequence[str]
    user_data_base64: str
    min_size: float
    max_size: float
    tags: Mapping[str, str]
    after: Sequence[ITerraformDependable] = ()
    other_types: Sequence[str] = ()
    spot: SpotShare | None = None
    warm_pool: WarmPool | None = None
    launching_hook_name: str = ""


class Workers(Construct):
    """Instances with public addresses (the subnets have no NAT), encrypted disks, IMDSv2 and detailed monitoring."""

    def __init__(self, scope: Construct, id_: str, props: WorkersProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        self.launch_template = self._launch_template()
        self.group = self._group()
        self.hook = at(
            AutoscalingLifecycleHook(
                self,
                "leaving",
                name=props.hook_name,
                autoscaling_group_name=self.group.name,
                lifecycle_transition="autoscaling:EC2_INSTANCE_TERMINATING",
                heartbeat_timeout=LEAVING_SECONDS,
                # A node that died without a word must not keep the group waiting for ever.
                default_result="CONTINUE",
            ),
            HOOK_ADDRESS,
        )
        if props.warm_pool is not None:
            launching_hook(
                self,
                LAUNCHING_ADDRESS,
                name=props.launching_hook_name,
                group=self.group,
                seconds=LAUNCHING_SECONDS,
            )

    def _launch_template(self) -> LaunchTemplate:
        props = self._props
        disk = LaunchTemplateBlockDeviceMappingsEbs(
            volume_size=props.root_volume_gib,
            volume_type="gp3",
            encrypted="true",
            delete_on_termination="true",
        )
        return at(
            LaunchTemplate(
                self,
                "launch-template",
                name=props.group_name,
                image_id=props.image_id,
                instance_type=props.instance_type,
                key_name=props.key_name,
                ebs_optimized="true",
                update_default_version=True,
                user_data=props.user_data_base64,
                iam_instance_profile=LaunchTemplateIamInstanceProfile(arn=props.instance_profile_arn),
                # A hop limit of 1 keeps containers away from the node's credentials.
                metadata_options=LaunchTemplateMetadataOptions(
                    http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
                ),
                monitoring=LaunchTemplateMonitoring(enabled=True),
                hibernation_options=LaunchTemplateHibernationOptions(configured=True)
                if props.warm_pool is not None and props.warm_pool.hibernated
                else None,
                network_interfaces=[
                    LaunchTemplateNetworkInterfaces(
                        associate_public_ip_address="true",
                        delete_on_termination="true",
                        security_groups=list(props.security_group_ids),
                    )
                ],
                block_device_mappings=[
                    LaunchTemplateBlockDeviceMappings(device_name=props.root_device, ebs=disk)
                ],
                tag_specifications=[
                    LaunchTemplateTagSpecifications(resource_type=kind, tags=dict(props.tags))
                    for kind in ("instance", "volume")
                ],
            ),
            ADDRESS,
        )

    def _group(self) -> AutoscalingGroup:
        props, pool = self._props, self._props.warm_pool
        return at(
            AutoscalingGroup(
                self,
                "group",
                name=props.group_name,
                vpc_zone_identifier=list(props.subnet_ids),
                min_size=props.min_size,
                max_size=props.max_size,
                desired_capacity=props.min_size,
                health_check_type="EC2",
                health_check_grace_period=GRACE_SECONDS,
                # What a worker computes while it boots, joins and pulls says nothing about its users.
                default_instance_warmup=WARMUP_SECONDS if pool is None else POOLED_WARMUP_SECONDS,
                warm_pool=None if pool is None else pool.block(),
                **launching(
                    template_id=self.launch_template.id,
                    version=Token.as_string(self.launch_template.latest_version),
                    types=[props.instance_type, *props.other_types],
                    spot=props.spot,
                ),
                tag=[
                    AutoscalingGroupTag(key=key, value=value, propagate_at_launch=True)
                    for key, value in props.tags.items()
                ],
                # Scaling sets it; a deployment must not send busy workers home.
                lifecycle=TerraformResourceLifecycle(ignore_changes=["desired_capacity"]),
                # No instance_refresh: the provider would start one at every new version of the template. Workers
                # are replaced when an operator runs `hubctl rollout`.
                depends_on=list(props.after) or None,
            ),
            ADDRESS,
        )


@dataclass(frozen=True, kw_only=True)
class WorkerScalingProps:
    """``cpu_target_percent`` may be a number token; ``adjustment_type`` means nothing to target tracking."""

    group: AutoscalingGroup
    cpu_target_percent: float
    adjustment_type: str | None = None


class WorkerScaling(Construct):
    """The policy; it makes its own two alarms."""

    def __init__(self, scope: Construct, id_: str, props: WorkerScalingProps) -> None:
        super().__init__(scope, id_)
        metric = AutoscalingPolicyTargetTrackingConfigurationPredefinedMetricSpecification(
            predefined_metric_type="ASGAverageCPUUtilization"
        )
        self.policy = at(
            AutoscalingPolicy(
                self,
                "cpu",
                name="hub-workers-asg-cpu",
                autoscaling_group_name=props.group.name,
                enabled=True,
                adjustment_type=props.adjustment_type,
                policy_type="TargetTrackingScaling",
                target_tracking_configuration=AutoscalingPolicyTargetTrackingConfiguration(
                    predefined_metric_specification=metric,
                    target_value=props.cpu_target_percent,
                    disable_scale_in=False,
                ),
            ),
            "hub-workers-asg-cpu",
        )
