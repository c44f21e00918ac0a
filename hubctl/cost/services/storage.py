"""What stored things cost: EFS file systems and their backups, S3 buckets, ECR repositories, keys and secrets.

Requests to S3 cost less than a cent and are left out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hubctl.cost.items import Amounts, Item, PriceRule, Pricing


def _file_items(pricing: Pricing) -> Iterator[Item]:
    """Yield the GiB stored in each class, throughput where it is paid for, and backups."""
    systems = pricing.stack.resources("aws_efs_file_system")
    for name, system in systems.items():
        yield from _stored_items(pricing, f"aws_efs_file_system.{name}", system)
        yield from _throughput_items(pricing, f"aws_efs_file_system.{name}", system)
    plans = pricing.addresses("aws_backup_plan")
    if plans and systems:
        kept = _gib_of_homes(pricing) * len(systems) * pricing.assume.backup_ratio
        yield pricing.item(
            "backup_efs_warm",
            service="Backup",
            what="backups of files",
            resources=plans,
            quantity=Amounts.same(kept),
        )


def _gib_of_homes(pricing: Pricing) -> float:
    return pricing.assume.users * pricing.assume.home_gib


def _stored_items(pricing: Pricing, address: str, system: Mapping[str, Any]) -> Iterator[Item]:
    one_zone = bool(system.get("availability_zone_name"))
    moves = any(rule.get("transition_to_ia") for rule in system.get("lifecycle_policy") or [])
    cold = _gib_of_homes(pricing) * (pricing.assume.cold_share if moves else 0.0)
    classes = ("efs_one_zone", "efs_one_zone_infrequent") if one_zone else ("efs_standard", "efs_infrequent")
    where = "One Zone" if one_zone else "Regional"
    for price, gib, what in (
        (classes[0], _gib_of_homes(pricing) - cold, f"files, {where}, Standard"),
        (classes[1], cold, f"files, {where}, Infrequent Access"),
    ):
        if gib:
            yield pricing.item(
                price, service="EFS", what=what, resources=(address,), quantity=Amounts.same(gib)
            )


def _throughput_items(pricing: Pricing, address: str, system: Mapping[str, Any]) -> Iterator[Item]:
    mode = system.get("throughput_mode")
    if mode == "elastic":
        for price, gib, what in (
            ("efs_elastic_read", pricing.assume.file_reads_gib, "elastic throughput, read"),
            ("efs_elastic_write", pricing.assume.file_writes_gib, "elastic throughput, written"),
        ):
            used = Amounts.when_used(gib * pricing.assume.users)
            yield pricing.item(price, service="EFS", what=what, resources=(address,), quantity=used)
    elif mode == "provisioned":
        rate = Amounts.same(float(system.get("provisioned_throughput_in_mibps", 0)))
        yield pricing.item(
            "efs_provisioned",
            service="EFS",
            what="provisioned throughput",
            resources=(address,),
            quantity=rate,
        )


def _object_items(pricing: Pricing) -> Iterator[Item]:
    """Yield the GiB in the stack's buckets."""
    buckets = pricing.addresses("aws_s3_bucket")
    if buckets:
        gib = Amounts.same(len(buckets) * pricing.assume.bucket_gib)
        yield pricing.item("s3_standard", service="S3", what="objects", resources=buckets, quantity=gib)


def _image_items(pricing: Pricing) -> Iterator[Item]:
    """Yield the GiB of images."""
    repositories = pricing.addresses("aws_ecr_repository")
    if repositories:
        gib = Amounts.same(len(repositories) * pricing.assume.repository_gib)
        yield pricing.item("ecr_storage", service="ECR", what="images", resources=repositories, quantity=gib)


def _key_items(pricing: Pricing) -> Iterator[Item]:
    """Yield keys and secrets."""
    for kind, price, service, what in (
        ("aws_kms_key", "kms_key", "KMS", "keys"),
        ("aws_secretsmanager_secret", "secret", "Secrets Manager", "secrets"),
    ):
        found = pricing.addresses(kind)
        if found:
            number = Amounts.same(len(found))
            yield pricing.item(price, service=service, what=what, resources=found, quantity=number)


FILES = PriceRule(types=frozenset({"aws_efs_file_system", "aws_backup_plan"}), items=_file_items)
OBJECTS = PriceRule(types=frozenset({"aws_s3_bucket"}), items=_object_items)
IMAGES = PriceRule(types=frozenset({"aws_ecr_repository"}), items=_image_items)
KEYS = PriceRule(types=frozenset({"aws_kms_key", "aws_secretsmanager_secret"}), items=_key_items)
