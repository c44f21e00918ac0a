"""ECR repositories."""

from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = ("aws_ecr_repository",)


def items(pricing: Pricing) -> Iterator[Item]:
    """Yield the GiB of images."""
    repositories = pricing.addresses("aws_ecr_repository")
    if repositories:
        gib = Amounts.same(len(repositories) * pricing.assume.repository_gib)
        yield pricing.item("ecr_storage", service="ECR", what="images", resources=repositories, quantity=gib)
