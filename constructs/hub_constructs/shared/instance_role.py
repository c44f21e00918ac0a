"""One IAM role for one kind of node, with its instance profile and one inline policy of named statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cdktf import Fn, TerraformResource
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from hub_constructs.core.addresses import at


def assumed_by_ec2() -> dict[str, object]:
    """Return who may take the role of an instance. EC2 is called so in all partitions, whatever its hosts are called.

    IAM refuses ``ec2.amazonaws.eu`` in the European Sovereign Cloud: https://github.com/pulumi/pulumi-eks/issues/2341
    AWS's own tools take the one name in China too: https://github.com/aws/aws-cli/pull/8709
    """
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    return {"Version": "2012-10-17", "Statement": [trust]}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Actions allowed on resources; ``conditions`` is operator → key → value, as in IAM."""

    sid: str
    actions: Sequence[str]
    resources: Sequence[str]
    conditions: dict[str, dict[str, str | list[str]]] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Return the statement as it stands in a policy document."""
        statement: dict[str, object] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        if self.conditions:
            statement["Condition"] = self.conditions
        return statement


def policy_json(statements: Sequence[Statement]) -> str:
    """Return an IAM policy document as a Terraform ``jsonencode`` expression, so that tokens stay readable in plans."""
    return Fn.jsonencode(
        {"Version": "2012-10-17", "Statement": [statement.document() for statement in statements]}
    )


@dataclass(frozen=True, kw_only=True)
class InstanceRoleProps:
    """``address`` names all resources; ``managed_policies`` maps an address to the ARN of an AWS managed policy.

    ``profile_name`` is for an instance profile that is not called like its role. ``policy_type`` says where the
    statements go: ``inline`` in the role, ``managed`` in a separate policy with an attachment, or ``none``.
    """

    address: str
    name: str
    statements: Sequence[Statement]
    managed_policies: dict[str, str] = field(default_factory=dict)
    profile_name: str | None = None
    policy_type: str = "inline"


class InstanceRole(Construct):
    """Role, instance profile and inline policy of one kind of node."""

    def __init__(self, scope: Construct, id_: str, props: InstanceRoleProps) -> None:
        super().__init__(scope, id_)
        self.role = at(
            IamRole(
                self,
                "role",
                name=props.name,
                assume_role_policy=Fn.jsonencode(assumed_by_ec2()),
            ),
            props.address,
        )
        self.profile = at(
            IamInstanceProfile(self, "profile", name=props.profile_name or props.name, role=self.role.name),
            props.address,
        )
        self.policies = self._allow(props)
        self.attachments = [
            at(IamRolePolicyAttachment(self, address, role=self.role.name, policy_arn=arn), address)
            for address, arn in props.managed_policies.items()
        ]

    def _allow(self, props: InstanceRoleProps) -> list[TerraformResource]:
        """Write the statements down; return what has to be there before the role may do what they say."""
        document = policy_json(props.statements)
        if props.policy_type == "inline":
            policy = IamRolePolicy(self, "policy", name=props.name, role=self.role.id, policy=document)
            return [at(policy, props.address)]
        if props.policy_type == "managed":
            managed = at(IamPolicy(self, "policy", name=props.name, policy=document), props.address)
            attachment = IamRolePolicyAttachment(
                self, "attachment", role=self.role.name, policy_arn=managed.arn
            )
            return [at(attachment, props.address)]
        return []


def session_manager() -> Statement:
    """Let operators open a shell through Session Manager, without SSH and without the broad managed policy.

    None of these actions has to be given a resource:
    https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
    """
    return Statement(
        sid="SessionManager",
        actions=[
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
        resources=["*"],
    )


def write_logs(log_group_arn: str) -> Statement:
    """Let the node write its own log streams of one log group."""
    return Statement(
        sid="WriteLogs",
        actions=["logs:CreateLogStream", "logs:PutLogEvents"],
        resources=[f"{log_group_arn}:log-stream:*"],
    )


def mount_file_system(file_system_arn: str) -> Statement:
    """Let the node mount and write one EFS file system, as root, since homes belong to many users."""
    return Statement(
        sid="MountHomes",
        actions=[
            "elasticfilesystem:ClientMount",
            "elasticfilesystem:ClientWrite",
            "elasticfilesystem:ClientRootAccess",
        ],
        resources=[file_system_arn],
    )
