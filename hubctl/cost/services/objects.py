"""S3 buckets. Their requests cost less than a cent and are left out."""

from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = ("aws_s3_bucket",)


def items(pricing: Pricing) -> Iterator[Item]:
    """Yield the GiB in the stack's buckets."""
    buckets = pricing.addresses("aws_s3_bucket")
    if buckets:
        gib = Amounts.same(len(buckets) * pricing.assume.bucket_gib)
        yield pricing.item("s3_standard", service="S3", what="objects", resources=buckets, quantity=gib)
