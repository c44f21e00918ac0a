"""EFS file systems, and their backups."""

from collections.abc import Iterator, Mapping
from typing import Any

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = ("aws_efs_file_system", "aws_backup_plan")


def items(pricing: Pricing) -> Iterator[Item]:
    """Yield the GiB stored in each class, throughput where it is paid for, and backups."""
    systems = pricing.stack.resources("aws_efs_file_system")
    for name, system in systems.items():
        yield from _stored(pricing, f"aws_efs_file_system.{name}", system)
        yield from _throughput(pricing, f"aws_efs_file_system.{name}", system)
    plans = pricing.addresses("aws_backup_plan")
    if plans and systems:
        kept = _gib(pricing) * len(systems) * pricing.assume.backup_ratio
        yield pricing.item(
            "backup_efs_warm",
            service="Backup",
            what="backups of files",
            resources=plans,
            quantity=Amounts.same(kept),
        )


def _gib(pricing: Pricing) -> float:
    return pricing.assume.users * pricing.assume.home_gib


def _stored(pricing: Pricing, address: str, system: Mapping[str, Any]) -> Iterator[Item]:
    one_zone = bool(system.get("availability_zone_name"))
    moves = any(rule.get("transition_to_ia") for rule in system.get("lifecycle_policy") or [])
    cold = _gib(pricing) * (pricing.assume.cold_share if moves else 0.0)
    kinds = ("efs_one_zone", "efs_one_zone_infrequent") if one_zone else ("efs_standard", "efs_infrequent")
    where = "One Zone" if one_zone else "Regional"
    for price, gib, what in (
        (kinds[0], _gib(pricing) - cold, f"files, {where}, Standard"),
        (kinds[1], cold, f"files, {where}, Infrequent Access"),
    ):
        if gib:
            yield pricing.item(
                price, service="EFS", what=what, resources=(address,), quantity=Amounts.same(gib)
            )


def _throughput(pricing: Pricing, address: str, system: Mapping[str, Any]) -> Iterator[Item]:
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
