"""What an account does for its users, as its APIs tell it: to compare before and after an adoption was applied."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hubctl.trial.aws.server import LocalAws

Snapshot = dict[str, Any]
# Different at each look, and of no use to anybody
_VOLATILE = frozenset(
    {
        "ResponseMetadata",
        "Timestamp",
        "SubmittedAt",
        "RoleLastUsed",
        "StateTransitionReason",
        "StateUpdatedTimestamp",
        "StateTransitionedTimestamp",
        "AlarmConfigurationUpdatedTimestamp",
    }
)


def snapshot(aws: LocalAws) -> Snapshot:
    """Return listeners, records, policies, groups and whatever else users and operators rely on, by kind and id."""
    found: Snapshot = {}
    for part in (_balancers, _names, _network, _machines, _rights, _alarms, _data, _hub):
        found |= part(aws.client)
    return {kind: _settled(things) for kind, things in found.items()}


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """Return a line for each thing that is not the same, or is there only once."""
    lines = []
    for kind in sorted({*before, *after}):
        old, new = before.get(kind, {}), after.get(kind, {})
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                lines.append(f"{kind} {key}: {old.get(key)} -> {new.get(key)}")
    return lines


Client = Callable[[str], Any]


def _balancers(client: Client) -> Snapshot:
    elb = client("elbv2")
    balancers = _by("LoadBalancerArn", elb.describe_load_balancers()["LoadBalancers"])
    groups = _by("TargetGroupArn", elb.describe_target_groups()["TargetGroups"])
    listeners: dict[str, Any] = {}
    rules: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    for arn in balancers:
        given = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        attributes[arn] = {entry["Key"]: entry["Value"] for entry in given}
        listeners |= _by("ListenerArn", elb.describe_listeners(LoadBalancerArn=arn)["Listeners"])
    for arn in listeners:
        rules |= _by("RuleArn", elb.describe_rules(ListenerArn=arn)["Rules"])
    for arn in groups:
        given = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        attributes[arn] = {entry["Key"]: entry["Value"] for entry in given}
    classic = client("elb").describe_load_balancers()["LoadBalancerDescriptions"]
    return {
        "balancer": balancers,
        "target group": groups,
        "listener": listeners,
        "rule": rules,
        "attributes": attributes,
        "classic balancer": _by("LoadBalancerName", classic),
    }


def _names(client: Client) -> Snapshot:
    route53 = client("route53")
    records = {
        f"{zone['Name']} {record['Name']} {record['Type']} {record.get('SetIdentifier', '')}": record
        for zone in route53.list_hosted_zones()["HostedZones"]
        for record in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        if record["Type"] not in ("SOA", "NS")
    }
    acm = client("acm")
    certificates = {
        entry["CertificateArn"]: acm.describe_certificate(CertificateArn=entry["CertificateArn"])[
            "Certificate"
        ]
        for entry in acm.list_certificates()["CertificateSummaryList"]
    }
    discovery = client("servicediscovery")
    return {
        "record": records,
        "certificate": {
            arn: {"names": found["SubjectAlternativeNames"], "in use": sorted(found.get("InUseBy", ()))}
            for arn, found in certificates.items()
        },
        "service": _by("Id", discovery.list_services()["Services"]),
    }


def _network(client: Client) -> Snapshot:
    ec2 = client("ec2")
    vpcs = _by("VpcId", ec2.describe_vpcs()["Vpcs"])
    names = {
        vpc: ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]
        for vpc in vpcs
    }
    return {
        "vpc": vpcs,
        "dns of vpc": names,
        "subnet": _without(_by("SubnetId", ec2.describe_subnets()["Subnets"]), "AvailableIpAddressCount"),
        "route table": _by("RouteTableId", ec2.describe_route_tables()["RouteTables"]),
        "security group": _by("GroupId", ec2.describe_security_groups()["SecurityGroups"]),
        "address": _by("AllocationId", ec2.describe_addresses()["Addresses"]),
    }


def _machines(client: Client) -> Snapshot:
    ec2, scaling = client("ec2"), client("autoscaling")
    instances = [
        instance
        for reservation in ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    ]
    versions = {
        f"{template['LaunchTemplateId']} {version['VersionNumber']}": version
        for template in ec2.describe_launch_templates()["LaunchTemplates"]
        for version in ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])[
            "LaunchTemplateVersions"
        ]
    }
    groups = [
        group["AutoScalingGroupName"] for group in scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    ]
    hooks = {
        f"{group} {hook['LifecycleHookName']}": hook
        for group in groups
        for hook in scaling.describe_lifecycle_hooks(AutoScalingGroupName=group)["LifecycleHooks"]
    }
    # The next time of what repeats moves on by itself
    schedule = {
        f"{action['AutoScalingGroupName']} {action['ScheduledActionName']}": {
            name: value
            for name, value in action.items()
            if not (action.get("Recurrence") and name in ("StartTime", "Time"))
        }
        for action in scaling.describe_scheduled_actions()["ScheduledUpdateGroupActions"]
    }
    return {
        "instance": _by("InstanceId", instances),
        "launch template": versions,
        "launch configuration": _by(
            "LaunchConfigurationARN", scaling.describe_launch_configurations()["LaunchConfigurations"]
        ),
        "group": _by("AutoScalingGroupARN", scaling.describe_auto_scaling_groups()["AutoScalingGroups"]),
        "policy": _by("PolicyARN", scaling.describe_policies()["ScalingPolicies"]),
        "hook": hooks,
        "schedule": schedule,
        "warm pool": {
            group: scaling.describe_warm_pool(AutoScalingGroupName=group).get("WarmPoolConfiguration")
            for group in groups
        },
    }


def _rights(client: Client) -> Snapshot:
    iam = client("iam")
    roles = _by("RoleName", iam.list_roles()["Roles"])
    inline = {
        f"{role} {name}": iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for role in roles
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    attached = {
        role: sorted(
            policy["PolicyArn"]
            for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        )
        for role in roles
    }
    own = iam.list_policies(Scope="Local")["Policies"]
    return {
        "role": roles,
        "inline policy": inline,
        "attached policies": attached,
        "own policy": {
            policy["Arn"]: iam.get_policy_version(
                PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"]
            )["PolicyVersion"]["Document"]
            for policy in own
        },
        "profile": _by("InstanceProfileName", iam.list_instance_profiles()["InstanceProfiles"]),
    }


def _alarms(client: Client) -> Snapshot:
    return {"alarm": _by("AlarmArn", client("cloudwatch").describe_alarms()["MetricAlarms"])}


def _data(client: Client) -> Snapshot:
    efs, s3 = client("efs"), client("s3")
    systems = _by("FileSystemId", efs.describe_file_systems()["FileSystems"])
    buckets = {}
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        buckets[name] = {
            "versioning": s3.get_bucket_versioning(Bucket=name).get("Status"),
            "encryption": _maybe(lambda name=name: s3.get_bucket_encryption(Bucket=name)),
            "policy": _maybe(lambda name=name: s3.get_bucket_policy(Bucket=name)),
            "public": _maybe(lambda name=name: s3.get_public_access_block(Bucket=name)),
        }
    return {
        "file system": systems,
        "mount target": {
            target["MountTargetId"]: target
            for system in systems
            for target in efs.describe_mount_targets(FileSystemId=system)["MountTargets"]
        },
        "policy of file system": {
            system: _maybe(lambda system=system: efs.describe_file_system_policy(FileSystemId=system))
            for system in systems
        },
        "bucket": buckets,
    }


def _hub(client: Client) -> Snapshot:
    ssm, ecr = client("ssm"), client("ecr")
    parameters = ssm.describe_parameters()["Parameters"]
    return {
        "parameter": {
            entry["Name"]: ssm.get_parameter(Name=entry["Name"], WithDecryption=True)["Parameter"]
            for entry in parameters
        },
        "repository": _by("repositoryArn", ecr.describe_repositories()["repositories"]),
        "key": _by("KeyId", client("kms").list_keys()["Keys"]),
        "user pool": _by("Id", client("cognito-idp").list_user_pools(MaxResults=50)["UserPools"]),
    }


def _maybe(ask: Callable[[], Mapping[str, Any]]) -> Any:
    """Return an answer, None where there is not such a thing: the APIs say that by an error."""
    from botocore.exceptions import ClientError

    try:
        return ask()
    except ClientError:
        return None


def _by(key: str, things: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {str(thing[key]): dict(thing) for thing in things}


def _without(things: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, Any]:
    return {
        key: {part: value for part, value in thing.items() if part != name} for key, thing in things.items()
    }


def _settled(value: Any) -> Any:
    """Return a value without what differs at each look, and with lists in one order: most APIs promise none."""
    if isinstance(value, Mapping):
        return {key: _settled(item) for key, item in value.items() if key not in _VOLATILE}
    if isinstance(value, list | tuple):
        return sorted((_settled(item) for item in value), key=repr)
    return value
