"""The original design's access: one role for every node, with account-wide policies (kept for existing deployments)."""

from cdktf import Fn
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from hub_constructs.addresses import at
from hub_constructs.chef_hub.account import Account
from hub_constructs.instance_role import assumed_by_ec2

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


class SharedRole(Construct):
    """Role, profile, four own policies and four of AWS's."""

    def __init__(self, scope: Construct, id_: str, *, account: Account) -> None:
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
