"""Everything that the local AWS holds in the services that the stacks use, as one line each."""

from collections.abc import Callable, Iterator
from typing import Any

from hubctl.trial.aws.server import LocalAws

Item = Callable[[dict[str, Any]], Any]
# Service, operation, member of the answer that is a list, key of an item, and which items count
_LISTS: tuple[tuple[str, str, str, str, Item], ...] = (
    ("acm", "list_certificates", "CertificateSummaryList", "CertificateArn", lambda _: True),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName", lambda _: True),
    ("autoscaling", "describe_launch_configurations", "LaunchConfigurations", "LaunchConfigurationName", lambda _: True),
    ("autoscaling", "describe_policies", "ScalingPolicies", "PolicyName", lambda _: True),
    ("backup", "list_backup_plans", "BackupPlansList", "BackupPlanName", lambda _: True),
    ("backup", "list_backup_vaults", "BackupVaultList", "BackupVaultName", lambda _: True),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName", lambda _: True),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName", lambda _: True),
    ("ec2", "describe_addresses", "Addresses", "PublicIp", lambda _: True),
    ("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId", lambda _: True),
    ("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateName", lambda _: True),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", lambda _: True),
    ("ec2", "describe_route_tables", "RouteTables", "RouteTableId", lambda _: True),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId", lambda _: True),
    ("ec2", "describe_subnets", "Subnets", "SubnetId", lambda _: True),
    ("ec2", "describe_volumes", "Volumes", "VolumeId", lambda _: True),
    ("ec2", "describe_vpcs", "Vpcs", "VpcId", lambda _: True),
    ("ecr", "describe_repositories", "repositories", "repositoryName", lambda _: True),
    ("efs", "describe_file_systems", "FileSystems", "FileSystemId", lambda _: True),
    ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName", lambda _: True),
    ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName", lambda _: True),
    ("iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName", lambda _: True),
    ("iam", "list_roles", "Roles", "RoleName", lambda role: not role["Path"].startswith("/aws-service-role/")),
    ("kms", "list_aliases", "Aliases", "AliasName", lambda alias: not alias["AliasName"].startswith("alias/aws/")),
    ("logs", "describe_log_groups", "logGroups", "logGroupName", lambda _: True),
    ("s3", "list_buckets", "Buckets", "Name", lambda _: True),
    ("servicediscovery", "list_namespaces", "Namespaces", "Name", lambda _: True),
    ("servicediscovery", "list_services", "Services", "Name", lambda _: True),
    ("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn", lambda _: True),
    ("sns", "list_topics", "Topics", "TopicArn", lambda _: True),
)  # fmt: skip


def inventory(aws: LocalAws) -> set[str]:
    """Return a line for everything: service, kind and name. Keys that wait for their deletion do not count."""
    return set(_listed(aws)) | set(_others(aws))


def _listed(aws: LocalAws) -> Iterator[str]:
    for service, operation, member, key, counts in _LISTS:
        client = aws.client(service)
        answer = getattr(client, operation)()
        assert not answer.get("NextToken"), f"{service} {operation} has more than one page"
        yield from (
            f"{service} {operation.partition('_')[2]} {item[key]}" for item in answer[member] if counts(item)
        )


def _others(aws: LocalAws) -> Iterator[str]:
    ec2, kms, route53, ssm = (aws.client(name) for name in ("ec2", "kms", "route53", "ssm"))
    for reservation in ec2.describe_instances()["Reservations"]:
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] != "terminated":
                yield f"ec2 instance {instance['InstanceId']}"
    aliases = kms.list_aliases()["Aliases"]
    of_aws = {alias.get("TargetKeyId") for alias in aliases if alias["AliasName"].startswith("alias/aws/")}
    for key in kms.list_keys()["Keys"]:
        described = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if key["KeyId"] not in of_aws and described["KeyState"] != "PendingDeletion":
            yield f"kms key {key['KeyId']}"
    for zone in route53.list_hosted_zones()["HostedZones"]:
        yield f"route53 zone {zone['Name']}"
        for record in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]:
            yield f"route53 record {record['Name']} {record['Type']}"
    for page in ssm.get_paginator("describe_parameters").paginate():
        yield from (f"ssm parameter {parameter['Name']}" for parameter in page["Parameters"])
    owned = [{"Key": "Owner", "Values": ["Self"]}]
    for document in ssm.list_documents(Filters=owned)["DocumentIdentifiers"]:
        yield f"ssm document {document['Name']}"
