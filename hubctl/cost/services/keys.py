"""Keys of KMS and secrets of Secrets Manager."""

from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = ("aws_kms_key", "aws_secretsmanager_secret")


def items(pricing: Pricing) -> Iterator[Item]:
    """Yield keys and secrets."""
    for kind, price, service, what in (
        ("aws_kms_key", "kms_key", "KMS", "keys"),
        ("aws_secretsmanager_secret", "secret", "Secrets Manager", "secrets"),
    ):
        found = pricing.addresses(kind)
        if found:
            number = Amounts.same(len(found))
            yield pricing.item(price, service=service, what=what, resources=found, quantity=number)
