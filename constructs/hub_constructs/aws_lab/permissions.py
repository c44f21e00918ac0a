"""What a lab instance may do in AWS: report sessions, protect itself, leave in order, roll out, mount homes, write logs."""

from dataclasses import dataclass

from hub_constructs.aws_lab.session_scaling import NAMESPACE
from hub_constructs.shared.instance_role import (
    Statement,
    mount_file_system,
    session_manager,
    write_logs,
)


@dataclass(frozen=True, kw_only=True)
class LabPermissionsProps:
    """``group_name`` is the auto scaling group; ``file_system_arn`` None means homes on the local disk.

    ``log_group_arn`` None means that logs stay on the instance. With ``spare_places`` they ask for instances themselves.
    """

    name: str
    partition: str
    region: str
    account_id: str
    group_name: str
    log_group_arn: str | None
    file_system_arn: str | None
    spare_places: bool = False


def lab_statements(props: LabPermissionsProps) -> list[Statement]:
    """Return the statements of the instances' policy, each on the narrowest resource that its actions know."""
    where = f"{props.region}:{props.account_id}"
    group = f"arn:{props.partition}:autoscaling:{where}:autoScalingGroup:*:autoScalingGroupName/{props.group_name}"
    parameters = f"arn:{props.partition}:ssm:{where}:parameter{parameter_prefix(props.name)}"
    statements = [
        Statement(
            sid="PublishSessions",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],  # the action knows no resources; the namespace narrows it
            conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        ),
        Statement(
            sid="ProtectSessions",
            actions=[
                "autoscaling:SetInstanceProtection",
                "autoscaling:CompleteLifecycleAction",
                "autoscaling:RecordLifecycleActionHeartbeat",
            ],
            resources=[group],
        ),
        Statement(
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html
            sid="ReplaceOldInstances",
            actions=["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
            resources=[group],
        ),
        Statement(
            sid="SeeOwnState",
            actions=["autoscaling:DescribeAutoScalingInstances", "autoscaling:DescribeAutoScalingGroups"],
            resources=["*"],  # describe actions of auto scaling know no resources
        ),
        Statement(
            sid="ReadLoginSettings",
            actions=["ssm:GetParameters"],
            resources=[f"{parameters}/hub/login/*", f"{parameters}/hub/database-url"],
        ),
        Statement(
            sid="ReadMaintenance",
            actions=["ssm:GetParameter", "ssm:GetParameters"],
            resources=[f"{parameters}/hub/maintenance"],
        ),
        Statement(
            # The record is marked as done, and the instances' own notes lie below it.
            sid="TakePartInRollouts",
            actions=[
                "ssm:GetParameter",
                "ssm:GetParametersByPath",
                "ssm:PutParameter",
                "ssm:DeleteParameter",
            ],
            resources=[f"{parameters}/rollout", f"{parameters}/rollout/*"],
        ),
        session_manager(),
    ]
    if props.spare_places:
        # The action knows no narrower resource than the group.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html
        statements.append(
            Statement(sid="KeepPlacesFree", actions=["autoscaling:ExecutePolicy"], resources=[group])
        )
    if props.log_group_arn is not None:
        statements.append(write_logs(props.log_group_arn))
    if props.file_system_arn is not None:
        statements.append(mount_file_system(props.file_system_arn))
    return statements


def parameter_prefix(name: str) -> str:
    """Return the path below which the Lab's parameters lie in SSM: the login's secrets, the database, maintenance, rollouts.

    Not ``/NAME``: SSM refuses names that begin with ``aws`` or ``ssm``, and ``aws-lab`` is the usual name of a Lab.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
    """
    return f"/jupyterhub/{name}"
