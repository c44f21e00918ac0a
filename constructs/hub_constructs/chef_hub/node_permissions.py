"""What each kind of node may do in AWS: the statements of its role, as narrow as AWS lets them be."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition
from constructs import Construct

from hub_constructs.chef_hub.discovery import PARAMETER_NAMES
from hub_constructs.chef_hub.node_contract import CONTRACT_PARAMETER, PARAMETER_PREFIX, NodeKind
from hub_constructs.chef_hub.watch import publish_metrics
from hub_constructs.core.addresses import at
from hub_constructs.shared.instance_role import Statement, write_logs


class CallerAccount(Construct):
    """The account, region and partition that Terraform deploys to; each is looked up only where it is used."""

    def __init__(self, scope: Construct, id_: str, *, region: str) -> None:
        super().__init__(scope, id_)
        self.region = region

    @cached_property
    def _partition(self) -> DataAwsPartition:
        return at(DataAwsPartition(self, "partition"), "current")

    @property
    def partition(self) -> str:
        """``aws``, or another one, as a token."""
        return str(self._partition.partition)

    @cached_property
    def id_token(self) -> str:
        """The account's id as a token."""
        return str(at(DataAwsCallerIdentity(self, "identity"), "current").account_id)

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional resource of this account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.id_token}:{resource}"


@dataclass(frozen=True, kw_only=True)
class ParameterAccess:
    """Parameters below the prefix that a kind of node reads, writes and clears away; ``*`` is any rest of the name."""

    read: tuple[str, ...]
    write: tuple[str, ...]
    clear: tuple[str, ...] = ()


_READ_BY_MOST = (CONTRACT_PARAMETER, "chef_server/fact", "chef_server/certificate")
PARAMETERS: dict[NodeKind, ParameterAccess] = {
    "chef_server": ParameterAccess(read=(CONTRACT_PARAMETER, "chef_server/*"), write=("chef_server/*",)),
    "workstation": ParameterAccess(
        read=(
            *_READ_BY_MOST,
            "chef_server/admin_key",
            "cookbooks/*",
            "hub_leader/status",
            "workstation/*",
            "worker-*",
        ),
        write=("cookbooks/*", "workstation/*"),
    ),
    "hub_leader": ParameterAccess(
        read=(
            *_READ_BY_MOST,
            "chef_server/validator_key",
            "cookbooks/*",
            "hub/*",
            "hub_leader/*",
            "rollout",
            "rollout/*",
            "swarm/*",
            "worker-*",
        ),
        write=("hub_leader/*", "rollout", "rollout/*", "swarm/*"),
        clear=("worker-*",),
    ),
    "worker": ParameterAccess(
        read=(*_READ_BY_MOST, "chef_server/validator_key", "cookbooks/*", "swarm/*", "worker-*"),
        write=("worker-*",),
    ),
}


@dataclass(frozen=True, kw_only=True)
class PermittedResources:
    """The ARNs and names that the statements allow actions on."""

    account: CallerAccount
    bucket_arn: str
    namespace_zone_id: str
    chef_service_arn: str
    swarm_service_arn: str
    repository_arns: Sequence[str]
    log_group_arn: str
    autoscaling_group: str
    warm_pool: bool = False

    @property
    def autoscaling_group_arn(self) -> str:
        """The group's ARN by its static name; its id in the middle is known only once the group exists."""
        return self.account.arn(
            "autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{self.autoscaling_group}"
        )


def statements(kind: NodeKind, permitted: PermittedResources) -> list[Statement]:
    """Return what a node of ``kind`` may do."""
    by_kind: dict[NodeKind, list[Statement]] = {
        "chef_server": [*_registering(permitted, permitted.chef_service_arn), _bucket_write(permitted)],
        "workstation": [*_bucket_read(permitted)],
        "hub_leader": [
            *_registering(permitted, permitted.swarm_service_arn),
            *_bucket_read(permitted),
            *_image_pull(permitted),
            *_scaling(permitted),
        ],
        "worker": [*_bucket_read(permitted), *_image_pull(permitted), *_leaving(permitted)],
    }
    return [
        *_session_manager(),
        *_parameters(PARAMETERS[kind], permitted.account),
        *_discovery(permitted),
        write_logs(permitted.log_group_arn),
        publish_metrics(),
        *by_kind[kind],
    ]


def _session_manager() -> list[Statement]:
    """Allow what AmazonSSMManagedInstanceCore does, without its right to read every parameter of the account."""
    return [
        Statement(
            sid="SessionManager",
            actions=(
                "ssm:UpdateInstanceInformation",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
                "ec2messages:AcknowledgeMessage",
                "ec2messages:DeleteMessage",
                "ec2messages:FailMessage",
                "ec2messages:GetEndpoint",
                "ec2messages:GetMessages",
                "ec2messages:SendReply",
            ),
            resources=("*",),  # these actions need no resource
        )
    ]


def _parameters(access: ParameterAccess, account: CallerAccount) -> list[Statement]:
    def below(names: Sequence[str]) -> list[str]:
        return [account.arn("ssm", f"parameter{PARAMETER_PREFIX}/{name}") for name in names]

    plain = [account.arn("ssm", f"parameter/{name}") for name in PARAMETER_NAMES.values()]
    return [
        Statement(
            sid="ReadParameters",
            actions=("ssm:GetParameter", "ssm:GetParameters"),
            resources=(*below(access.read), *plain),
        ),
        Statement(
            sid="WriteParameters",
            actions=("ssm:PutParameter",),
            resources=below(access.write),
        ),
        *(
            [
                Statement(
                    sid="ClearParameters",
                    actions=("ssm:DeleteParameter", "ssm:DeleteParameters"),
                    resources=below(access.clear),
                )
            ]
            if access.clear
            else []
        ),
    ]


def _discovery(permitted: PermittedResources) -> list[Statement]:
    return [
        # Unlike RegisterInstance, ListInstances knows no resources: on the services' ARNs it would be denied. A condition
        # narrows it.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudmap.html
        Statement(
            sid="ListNodes",
            actions=("servicediscovery:ListInstances",),
            resources=("*",),
            conditions={
                "ArnEquals": {
                    "servicediscovery:ServiceArn": [permitted.chef_service_arn, permitted.swarm_service_arn]
                }
            },
        ),
    ]


def _registering(permitted: PermittedResources, service_arn: str) -> list[Statement]:
    return [
        Statement(
            sid="RegisterItself",
            actions=("servicediscovery:RegisterInstance",),
            resources=(service_arn,),
        ),
        # Cloud Map writes the DNS record with the rights of the caller.
        Statement(
            sid="WriteItsName",
            actions=("route53:GetHostedZone", "route53:ChangeResourceRecordSets"),
            resources=(
                f"arn:{permitted.account.partition}:route53:::hostedzone/{permitted.namespace_zone_id}",
            ),
        ),
        Statement(sid="FollowRegistration", actions=("servicediscovery:GetOperation",), resources=("*",)),
    ]


def _bucket_read(permitted: PermittedResources) -> list[Statement]:
    prefixes = ("chef_server/*", "cookbooks/*")
    return [
        Statement(
            sid="ReadObjects",
            actions=("s3:GetObject",),
            resources=[f"{permitted.bucket_arn}/{prefix}" for prefix in prefixes],
        ),
        # With it a missing object is "not found" instead of "denied"; such requests name no prefix.
        Statement(
            sid="ListObjects",
            actions=("s3:ListBucket",),
            resources=(permitted.bucket_arn,),
            conditions={"StringLikeIfExists": {"s3:prefix": list(prefixes)}},
        ),
    ]


def _bucket_write(permitted: PermittedResources) -> Statement:
    return Statement(
        sid="PublishObjects",
        actions=("s3:GetObject", "s3:PutObject"),
        resources=(f"{permitted.bucket_arn}/chef_server/*",),
    )


def _image_pull(permitted: PermittedResources) -> list[Statement]:
    return [
        Statement(sid="RegistryLogin", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
        Statement(
            sid="PullImages",
            actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            resources=permitted.repository_arns,
        ),
    ]


def _scaling(permitted: PermittedResources) -> list[Statement]:
    return [
        Statement(
            sid="SeeGroups",
            actions=(
                "autoscaling:DescribeAutoScalingGroups",
                # Of a worker that ends in the warm pool only this tells, as it is stopped.
                *(("autoscaling:DescribeAutoScalingInstances",) if permitted.warm_pool else ()),
            ),
            resources=("*",),
        ),
        Statement(
            sid="AskForCapacityAndKeepBusyWorkers",
            actions=(
                "autoscaling:SetDesiredCapacity",
                "autoscaling:SetInstanceProtection",
                # A rollout ends the workers of an older launch template.
                "autoscaling:TerminateInstanceInAutoScalingGroup",
            ),
            resources=(permitted.autoscaling_group_arn,),
        ),
    ]


def _leaving(permitted: PermittedResources) -> list[Statement]:
    return [
        Statement(
            sid="LeaveInOrder",
            # A worker that still waits for others at its first boot asks the launching hook for more time.
            actions=(
                "autoscaling:CompleteLifecycleAction",
                *(("autoscaling:RecordLifecycleActionHeartbeat",) if permitted.warm_pool else ()),
            ),
            resources=(permitted.autoscaling_group_arn,),
        ),
    ]
