"""Data transfer: to the Internet and between availability zones."""

from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS: tuple[str, ...] = ()


def items(pricing: Pricing) -> Iterator[Item]:
    """Yield what users cause."""
    assumed = pricing.assume
    causes = tuple(launch.address for launch in pricing.stack.launches)
    paid = max(assumed.users * assumed.transfer_gib - assumed.free_transfer_gib, 0.0)
    yield pricing.item(
        "transfer_out",
        service="Data transfer",
        what=f"to the Internet, beyond {assumed.free_transfer_gib:g} GiB",
        resources=causes,
        quantity=Amounts.when_used(paid),
    )
    yield pricing.item(
        "transfer_between_zones",
        service="Data transfer",
        what="between zones",
        resources=causes,
        quantity=Amounts.when_used(assumed.users * assumed.zone_transfer_gib),
    )
