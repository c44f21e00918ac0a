"""The bucket of cookbooks and the repositories of images."""

import re
from typing import Any

Configuration = dict[str, Any]


def test_a_bucket_is_made_when_none_is_given(hub: Configuration, hub_resources: Configuration) -> None:
    wanted = "${(length(var.bootstrap_bucket) < 1) ? 1 : 0}"
    parts = [
        block for address, block in hub_resources.items() if re.match(r"aws_s3_bucket\w*\.bootstrap", address)
    ]
    assert len(parts) == 7
    assert {block["count"] for block in parts} == {wanted}
    assert hub["locals"]["bootstrap_bucket"] == (
        "${(length(var.bootstrap_bucket) < 1) ? aws_s3_bucket.bootstrap.0.bucket : var.bootstrap_bucket}"
    )
    assert (
        hub_resources["aws_s3_bucket_versioning.bootstrap"]["versioning_configuration"]["status"] == "Enabled"
    )
    block = hub_resources["aws_s3_bucket_public_access_block.bootstrap"]
    assert all(
        block[key]
        for key in (
            "block_public_acls",
            "block_public_policy",
            "ignore_public_acls",
            "restrict_public_buckets",
        )
    )
    assert '"aws:SecureTransport" = "false"' in hub_resources["aws_s3_bucket_policy.bootstrap"]["policy"]
    # Bundles are packed from the cookbooks again; see docs/how-to/destroy.md.
    assert hub_resources["aws_s3_bucket.bootstrap"]["force_destroy"] is True


def test_images_are_scanned_immutable_and_do_not_pile_up(hub_resources: Configuration) -> None:
    for name in ("geospatial", "jupyterhubserver"):
        repository = hub_resources[f"aws_ecr_repository.{name}"]
        assert repository["image_tag_mutability"] == "IMMUTABLE"
        assert repository["image_scanning_configuration"] == {"scan_on_push": True}
        assert "imageCountMoreThan" in hub_resources[f"aws_ecr_lifecycle_policy.{name}"]["policy"]
