"""What a stack consists of after deployment, in operators' words: how many of each kind, with names of some."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubctl.core.tables import Sheet
from hubctl.core.terraform.driver import Output

KIND_NAMES = {
    "aws_acm_certificate": "TLS certificate",
    "aws_acm_certificate_validation": "certificate validation",
    "aws_autoscaling_attachment": "auto scaling attachment",
    "aws_autoscaling_group": "auto scaling group",
    "aws_autoscaling_lifecycle_hook": "lifecycle hook",
    "aws_autoscaling_policy": "scaling policy",
    "aws_autoscaling_schedule": "scaling schedule",
    "aws_backup_plan": "backup plan",
    "aws_backup_selection": "what is backed up",
    "aws_backup_vault": "backup vault",
    "aws_cloudwatch_dashboard": "CloudWatch dashboard",
    "aws_cloudwatch_log_group": "log group",
    "aws_cloudwatch_metric_alarm": "CloudWatch alarm",
    "aws_default_security_group": "default security group (emptied)",
    "aws_ebs_volume": "disk",
    "aws_ecr_lifecycle_policy": "image expiry",
    "aws_ecr_repository": "image repository (ECR)",
    "aws_efs_access_point": "EFS access point",
    "aws_efs_backup_policy": "EFS backup policy",
    "aws_efs_file_system": "shared file system (EFS)",
    "aws_efs_file_system_policy": "EFS policy",
    "aws_efs_mount_target": "EFS mount target",
    "aws_eip": "public IP address",
    "aws_eip_association": "public IP association",
    "aws_iam_instance_profile": "instance profile",
    "aws_iam_policy": "IAM policy",
    "aws_iam_role": "IAM role",
    "aws_iam_role_policy": "IAM role's own policy",
    "aws_iam_role_policy_attachment": "IAM policy attachment",
    "aws_instance": "EC2 instance",
    "aws_internet_gateway": "Internet gateway",
    "aws_key_pair": "key pair",
    "aws_kms_alias": "name of an encryption key",
    "aws_kms_key": "encryption key",
    "aws_launch_configuration": "launch configuration",
    "aws_launch_template": "launch template",
    "aws_lb": "load balancer",
    "aws_lb_listener": "load balancer listener",
    "aws_lb_listener_rule": "listener rule",
    "aws_lb_target_group": "target group",
    "aws_lb_target_group_attachment": "target group member",
    "aws_main_route_table_association": "main route table",
    "aws_nat_gateway": "NAT gateway",
    "aws_network_acl": "network ACL",
    "aws_route": "route",
    "aws_route53_record": "DNS record",
    "aws_route53_zone": "DNS zone",
    "aws_route_table": "route table",
    "aws_route_table_association": "route table association",
    "aws_s3_bucket": "S3 bucket",
    "aws_s3_bucket_lifecycle_configuration": "S3 lifecycle rules",
    "aws_s3_bucket_ownership_controls": "S3 ownership setting",
    "aws_s3_bucket_policy": "S3 bucket policy",
    "aws_s3_bucket_public_access_block": "S3 public access block",
    "aws_s3_bucket_server_side_encryption_configuration": "S3 encryption setting",
    "aws_s3_bucket_versioning": "S3 versioning setting",
    "aws_s3_object": "S3 object",
    "aws_secretsmanager_secret": "secret",
    "aws_security_group": "security group",
    "aws_security_group_rule": "security group rule",
    "aws_service_discovery_instance": "Cloud Map instance",
    "aws_service_discovery_private_dns_namespace": "Cloud Map namespace",
    "aws_service_discovery_service": "Cloud Map service",
    "aws_sns_topic": "SNS topic",
    "aws_sns_topic_policy": "SNS topic policy",
    "aws_sns_topic_subscription": "SNS subscription",
    "aws_ssm_association": "SSM association",
    "aws_ssm_document": "SSM document",
    "aws_ssm_parameter": "SSM parameter",
    "aws_subnet": "subnet",
    "aws_volume_attachment": "disk attachment",
    "aws_vpc": "VPC",
    "aws_vpc_endpoint": "VPC endpoint",
    "aws_vpc_security_group_egress_rule": "outgoing security group rule",
    "aws_vpc_security_group_ingress_rule": "incoming security group rule",
}
EXAMPLES = 3  # names for each kind
_NAMES = ("name", "domain_name", "bucket", "key", "cidr_block")


def kind_of(resource_type: str) -> str:
    """Return words for a resource type; for one that is not listed, its own name without the provider."""
    return KIND_NAMES.get(resource_type) or resource_type.partition("_")[2].replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class KindSummary:
    """All resources of one kind in a stack."""

    kind: str
    count: int
    examples: tuple[str, ...]


def summarize(state: Mapping[str, Any]) -> list[KindSummary]:
    """Return the managed resources of a state (``terraform show -json``) by kind, sorted by kind."""
    names: dict[str, list[str]] = defaultdict(list)
    for resource in _resources(state.get("values", {}).get("root_module", {})):
        if resource["mode"] == "managed":
            names[kind_of(resource["type"])].append(_name(resource))
    return [
        KindSummary(kind=kind, count=len(found), examples=tuple(dict.fromkeys(found))[:EXAMPLES])
        for kind, found in sorted(names.items(), key=lambda item: item[0].lower())
    ]


def summary_table(stack: str, kinds: list[KindSummary]) -> Sheet:
    """Return the table of a stack for the console."""
    total = sum(kind.count for kind in kinds)
    table = Sheet("kind", "count", "for example", title=f"{stack}: {total} resources", figures=(1,))
    for kind in kinds:
        table.add(kind.kind, str(kind.count), ", ".join(kind.examples))
    return table


def output_lines(outputs: Mapping[str, Output]) -> list[str]:
    """Return a line an output; the values of sensitive ones are left out."""
    width = max((len(name) for name in outputs), default=0)
    return [
        f"{name:<{width}} = {'(sensitive, not shown)' if output.sensitive else output.value}"
        for name, output in sorted(outputs.items())
    ]


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _name(resource: Mapping[str, Any]) -> str:
    """Return the name in AWS where there is one that is not a secret, else the name in the configuration."""
    values, sensitive = resource.get("values", {}), resource.get("sensitive_values", {})
    tagged = (values.get("tags") or {}).get("Name")
    known = [tagged, *(values.get(name) for name in _NAMES if not sensitive.get(name))]
    return next((str(name) for name in known if name), resource["name"])
