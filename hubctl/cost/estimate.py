"""The monthly estimate of a stack: its items, and the types of resources that cost nothing themselves, each with why."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubctl.core.configuration.stack import Stack
from hubctl.core.errors import BadInputError
from hubctl.cost.items import Amounts, CostAssumptions, Item, Pricing
from hubctl.cost.services import PRICE_RULES
from hubctl.prices.lookup import PriceList, price_list, regional_factor

_WIRING = "wiring"
_PERMISSION = "permissions are free"
_PART = "part of what it belongs to"

FREE: dict[str, str] = {
    "aws_acm_certificate": "public certificates are free",
    "aws_acm_certificate_validation": _WIRING,
    "aws_autoscaling_attachment": _WIRING,
    "aws_autoscaling_lifecycle_hook": _PART,
    "aws_autoscaling_notification": _PART,
    "aws_autoscaling_schedule": _PART,
    "aws_backup_selection": _PART,
    "aws_backup_vault": "what lies in it is paid for",
    "aws_backup_vault_lock_configuration": _PART,
    "aws_backup_vault_policy": _PERMISSION,
    "aws_cloudwatch_log_metric_filter": "the metric that it fills is paid for",
    "aws_cloudwatch_log_resource_policy": _PERMISSION,
    "aws_default_network_acl": "firewalls are free",
    "aws_default_route_table": _WIRING,
    "aws_default_security_group": "firewalls are free",
    "aws_ebs_default_kms_key": "free",
    "aws_ebs_encryption_by_default": "free",
    "aws_ecr_lifecycle_policy": _PART,
    "aws_ecr_repository_policy": _PERMISSION,
    "aws_efs_access_point": _PART,
    "aws_efs_backup_policy": _PART,
    "aws_efs_file_system_policy": _PERMISSION,
    "aws_efs_mount_target": _PART,
    "aws_egress_only_internet_gateway": "the traffic through it is paid for",
    "aws_iam_instance_profile": _PERMISSION,
    "aws_iam_policy": _PERMISSION,
    "aws_iam_policy_attachment": _PERMISSION,
    "aws_iam_role": _PERMISSION,
    "aws_iam_role_policy": _PERMISSION,
    "aws_iam_role_policy_attachment": _PERMISSION,
    "aws_iam_service_linked_role": _PERMISSION,
    "aws_internet_gateway": "the traffic through it is paid for",
    "aws_key_pair": "free",
    "aws_kms_alias": _PART,
    "aws_kms_key_policy": _PERMISSION,
    "aws_launch_configuration": "its instances are paid for",
    "aws_launch_template": "its instances are paid for",
    "aws_lb_listener": _PART,
    "aws_lb_listener_rule": _PART,
    "aws_lb_target_group": _PART,
    "aws_lb_target_group_attachment": _WIRING,
    "aws_main_route_table_association": _WIRING,
    "aws_network_acl": "firewalls are free",
    "aws_placement_group": "free",
    "aws_route": _WIRING,
    "aws_route53_record": "queries of alias records are free, of others 0.40 USD a million",
    "aws_route_table": _WIRING,
    "aws_route_table_association": _WIRING,
    "aws_s3_bucket_acl": _PERMISSION,
    "aws_s3_bucket_lifecycle_configuration": _PART,
    "aws_s3_bucket_logging": "the log objects are paid for",
    "aws_s3_bucket_notification": _PART,
    "aws_s3_bucket_ownership_controls": _PERMISSION,
    "aws_s3_bucket_policy": _PERMISSION,
    "aws_s3_bucket_public_access_block": _PERMISSION,
    "aws_s3_bucket_server_side_encryption_configuration": _PART,
    "aws_s3_bucket_versioning": _PART,
    "aws_s3_object": "what lies in the bucket is paid for",
    "aws_security_group": "firewalls are free",
    "aws_security_group_rule": "firewalls are free",
    "aws_service_discovery_service": "its registered resources are paid for",
    "aws_sns_topic": "the first 1000 e-mails and million requests of a month are free",
    "aws_sns_topic_policy": _PERMISSION,
    "aws_sns_topic_subscription": "the first 1000 e-mails of a month are free",
    "aws_ssm_association": "free for EC2 instances",
    "aws_ssm_document": "Session Manager and Run Command are free",
    "aws_ssm_parameter": "standard parameters are free; one above 4 KB is 0.05 USD a month",
    "aws_subnet": _WIRING,
    "aws_vpc": _WIRING,
    "aws_vpc_dhcp_options": _WIRING,
    "aws_vpc_dhcp_options_association": _WIRING,
    "aws_vpc_security_group_egress_rule": "firewalls are free",
    "aws_vpc_security_group_ingress_rule": "firewalls are free",
    "aws_wafv2_web_acl_association": _PART,
    "terraform_data": "exists in the state only",
}


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a stack costs in a month.

    Attributes:
        stack: Its name.
        region: Region it is deployed to.
        prices: Of which day, currency and region the prices are.
        factor: What the region's prices are as a multiple of those; None when that is not known, and 1 was taken.
        instances: How many instances run, at each size.
        items: What is paid for.
        free: Types of resources in the stack that cost nothing themselves, with why.
        unknown: What is in the stack and could not be priced, a sentence each.
        assumptions: What was assumed.

    """

    stack: str
    region: str
    prices: PriceList
    factor: float | None
    instances: Amounts
    items: Sequence[Item]
    free: Mapping[str, str]
    unknown: Sequence[str]
    assumptions: CostAssumptions

    @property
    def total(self) -> Amounts:
        """The sum of the items."""
        return functools.reduce(Amounts.plus, (item.cost for item in self.items), Amounts.same(0))


def estimate(stack: Stack, assumptions: CostAssumptions, region: str | None = None) -> Estimate:
    """Price a stack in ``region``, by default its own.

    Raises:
        BadInputError: A size in it is not known before an apply.

    """
    where = region or stack.region or price_list().region
    pricing = Pricing(stack, assumptions, where)
    try:
        items = [item for rule in PRICE_RULES for item in rule.items(pricing)]
        instances = functools.reduce(
            Amounts.plus, (pricing.count(launch) for launch in stack.launches), Amounts.same(0)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInputError(
            f"{stack.name} cannot be priced: {error} is not known before an apply",
            remedy="Give the variable that it depends on with --var NAME=VALUE, or synthesize the stack anew.",
        ) from error
    priced = {kind for rule in PRICE_RULES for kind in rule.types}
    kinds = stack.kinds()
    unknown = [
        f"{', '.join(pricing.addresses(kind))}: it is not known what {kind} costs"
        for kind in kinds
        if kind not in priced and kind not in FREE
    ]
    return Estimate(
        stack=stack.name,
        region=where,
        prices=price_list(),
        factor=regional_factor(where),
        instances=instances,
        items=items,
        free={kind: FREE[kind] for kind in kinds if kind in FREE},
        unknown=(*pricing.unpriced, *unknown),
        assumptions=assumptions,
    )
