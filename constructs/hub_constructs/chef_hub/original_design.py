"""What only the original design has, kept for existing deployments.

One role for every node with account-wide policies; workers from a launch configuration with a spot price; EFS in a
single zone with a single mount target; security groups with inline rules, of which one opens the whole VPC to itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import Fn, ITerraformDependable
from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup, AutoscalingGroupTag
from cdktf_cdktf_provider_aws.efs_file_system import EfsFileSystem, EfsFileSystemLifecyclePolicy
from cdktf_cdktf_provider_aws.efs_mount_target import EfsMountTarget
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.launch_configuration import LaunchConfiguration
from cdktf_cdktf_provider_aws.security_group import SecurityGroup, SecurityGroupEgress, SecurityGroupIngress
from cdktf_cdktf_provider_aws.subnet import Subnet
from constructs import Construct

from hub_constructs.chef_hub.node_permissions import CallerAccount
from hub_constructs.core.addresses import at
from hub_constructs.shared.instance_role import assumed_by_ec2

CLOUDWATCH_AGENT = "CloudWatchAgentServerPolicy"
MANAGED_BY_AWS = ("AmazonS3FullAccess", "AmazonSSMManagedInstanceCore", "AWSCloudMapDiscoverInstanceAccess")
# Address of the policy → its name and actions
POLICIES = {
    "acm_reader": ("acm_param_reader", ["acm:*"]),
    "cloudwatch_minimal_log_write": (
        "cloudwatch_minimal_log_write",
        ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents"],
    ),
    "ecr_read_only_plus": (
        "AmazonElasticContainerRegistryPrivateReadPlus",
        [
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetRepositoryPolicy",
            "sts:GetServiceBearerToken",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ],
    ),
    "ssm_rw": (
        "ssm_param_rw",
        [
            "ssm:CreateDocument",
            "ssm:PutParameter",
            "ssm:DeleteDocument",
            "ssm:DescribeDocument",
            "ssm:DescribeDocumentParameters",
            "ssm:DescribeDocumentPermission",
            "ssm:GetDocument",
            "ssm:ListDocuments",
            "ssm:SendCommand",
            "ssm:UpdateDocument",
            "ssm:UpdateDocumentDefaultVersion",
            "ssm:UpdateDocumentMetadata",
        ],
    ),
}
ANYWHERE_IPV4, ANYWHERE_IPV6 = "0.0.0.0/0", "::/0"


class SharedRole(Construct):
    """Role, profile, four own policies and four of AWS's."""

    def __init__(self, scope: Construct, id_: str, *, account: CallerAccount) -> None:
        super().__init__(scope, id_)
        aws_policies = f"arn:{account.partition}:iam::aws:policy"
        self.policies = [
            at(IamPolicy(self, address, name=name, policy=Fn.jsonencode(_allow(actions))), address)
            for address, (name, actions) in POLICIES.items()
        ]
        self.role = at(
            IamRole(
                self,
                "role",
                name="chef_server_role",
                assume_role_policy=Fn.jsonencode(assumed_by_ec2()),
                # The list is exclusive: what the separate attachment below adds has to stand here too, or each
                # apply would detach it again.
                managed_policy_arns=[
                    *(policy.arn for policy in self.policies),
                    *(f"{aws_policies}/{name}" for name in (*MANAGED_BY_AWS, CLOUDWATCH_AGENT)),
                ],
            ),
            "chef_server_profile",
        )
        self.profile = at(
            IamInstanceProfile(
                self, "profile", name="chef_core_server_instance_profile", role=self.role.name
            ),
            "chef_server_profile",
        )
        self.attachment = at(
            IamRolePolicyAttachment(
                self, "cloudwatch-agent", role=self.role.name, policy_arn=f"{aws_policies}/{CLOUDWATCH_AGENT}"
            ),
            "cloudwatch_agent",
        )


def _allow(actions: list[str]) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    }


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


@dataclass(frozen=True, kw_only=True)
class OneZoneFileSystemProps:
    """The file system lies in the zone of ``subnet``; workers of other zones reach it across zones."""

    subnet: Subnet
    security_groups: Sequence[str]
    creation_token: str


class OneZoneFileSystem(Construct):
    """Encrypted, bursting throughput, files unread for 30 days in infrequent access."""

    def __init__(self, scope: Construct, id_: str, props: OneZoneFileSystemProps) -> None:
        super().__init__(scope, id_)
        self.file_system = at(
            EfsFileSystem(
                self,
                "file-system",
                creation_token=props.creation_token,
                availability_zone_name=props.subnet.availability_zone,
                encrypted=True,
                throughput_mode="bursting",
                lifecycle_policy=[EfsFileSystemLifecyclePolicy(transition_to_ia="AFTER_30_DAYS")],
            ),
            "research_shared_fs",
        )
        self.mount_target = at(
            EfsMountTarget(
                self,
                "mount-target",
                file_system_id=self.file_system.id,
                subnet_id=props.subnet.id,
                security_groups=list(props.security_groups),
            ),
            "core_mnt_target",
        )


@dataclass(frozen=True, kw_only=True)
class VpcWideFirewallProps:
    """``deployer`` and ``vpc_cidr`` are ranges in CIDR notation."""

    vpc_id: str
    vpc_cidr: str
    deployer: str


@dataclass(frozen=True, kw_only=True)
class InlineRule:
    """One inline rule, in either direction; ``port`` 0 with protocol ``-1`` is everything."""

    port: int
    ipv4: str
    ipv6: str | None = None
    protocol: str = "tcp"
    with_itself: bool = False


EVERYTHING_ANYWHERE = InlineRule(port=0, protocol="-1", ipv4=ANYWHERE_IPV4, ipv6=ANYWHERE_IPV6)
WEB_ANYWHERE = tuple(InlineRule(port=port, ipv4=ANYWHERE_IPV4, ipv6=ANYWHERE_IPV6) for port in (443, 80))


class VpcWideFirewall(Construct):
    """Four groups with inline rules."""

    def __init__(self, scope: Construct, id_: str, props: VpcWideFirewallProps) -> None:
        super().__init__(scope, id_)
        self._vpc_id = props.vpc_id
        within = (InlineRule(port=0, protocol="-1", ipv4=props.vpc_cidr, with_itself=True),)
        deployer_web = (InlineRule(port=443, ipv4=props.deployer),)
        deployer_ssh = (InlineRule(port=22, ipv4=props.deployer),)
        self.public_web = self._group("allow_all_http_sg", WEB_ANYWHERE, WEB_ANYWHERE)
        self.deployer_web = self._group("allow_deployer_http_sg", deployer_web, deployer_web)
        self.deployer_ssh = self._group("allow_deployer_sg", deployer_ssh, (EVERYTHING_ANYWHERE,))
        self.within_vpc = self._group("allow_vpc_traffic_sg", within, within)

    def _group(self, name: str, ingress: Sequence[InlineRule], egress: Sequence[InlineRule]) -> SecurityGroup:
        return at(
            SecurityGroup(
                self,
                name,
                name=name,
                vpc_id=self._vpc_id,
                ingress=[_ingress(rule) for rule in ingress],
                egress=[_egress(rule) for rule in egress],
            ),
            name,
        )


def _ingress(rule: InlineRule) -> SecurityGroupIngress:
    return SecurityGroupIngress(
        from_port=rule.port,
        to_port=rule.port,
        protocol=rule.protocol,
        cidr_blocks=[rule.ipv4],
        ipv6_cidr_blocks=[rule.ipv6] if rule.ipv6 else None,
        self_attribute=rule.with_itself,
    )


def _egress(rule: InlineRule) -> SecurityGroupEgress:
    return SecurityGroupEgress(
        from_port=rule.port,
        to_port=rule.port,
        protocol=rule.protocol,
        cidr_blocks=[rule.ipv4],
        ipv6_cidr_blocks=[rule.ipv6] if rule.ipv6 else None,
        self_attribute=rule.with_itself,
    )
