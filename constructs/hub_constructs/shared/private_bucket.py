"""A private bucket: encrypted, versioned, public access blocked, and with old versions deleted after 90 days."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from constructs import Construct

from hub_constructs.core.addresses import at

OLD_VERSIONS_KEPT_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class PrivateBucketProps:
    """``expire_after_days`` None keeps current objects for ever; ``count`` 0 or 1 as a token makes the bucket optional."""

    address: str
    name_prefix: str
    expire_after_days: float | None = None
    count: float | None = None


class PrivateBucket(Construct):
    """The bucket and its settings, all at one address. The caller writes the bucket policy: see ``only_tls``."""

    def __init__(self, scope: Construct, id_: str, props: PrivateBucketProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        self.bucket = at(
            # What lies in these buckets can be made again: a destroy empties them.
            S3Bucket(self, "bucket", bucket_prefix=props.name_prefix, force_destroy=True, count=props.count),
            props.address,
        )
        self.bucket_id = self.bucket.id if props.count is None else f"${{{self.bucket.fqn}[count.index].id}}"
        self._protect()
        self._expire()

    def _protect(self) -> None:
        address, count = self._props.address, self._props.count
        self.public_access_block = at(
            S3BucketPublicAccessBlock(
                self,
                "public-access-block",
                bucket=self.bucket_id,
                block_public_acls=True,
                block_public_policy=True,
                ignore_public_acls=True,
                restrict_public_buckets=True,
                count=count,
            ),
            address,
        )
        self.ownership = at(
            S3BucketOwnershipControls(
                self,
                "ownership",
                bucket=self.bucket_id,
                rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
                count=count,
            ),
            address,
        )
        aes = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
            sse_algorithm="AES256"
        )
        self.encryption = at(
            S3BucketServerSideEncryptionConfigurationA(
                self,
                "encryption",
                bucket=self.bucket_id,
                rule=[
                    S3BucketServerSideEncryptionConfigurationRuleA(
                        apply_server_side_encryption_by_default=aes
                    )
                ],
                count=count,
            ),
            address,
        )
        self.versioning = at(
            S3BucketVersioningA(
                self,
                "versioning",
                bucket=self.bucket_id,
                versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
                count=count,
            ),
            address,
        )

    def _expire(self) -> None:
        days = self._props.expire_after_days
        rule = S3BucketLifecycleConfigurationRule(
            id="expire",
            status="Enabled",
            filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
            expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=days)]
            if days is not None
            else None,
            noncurrent_version_expiration=[
                S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                    noncurrent_days=OLD_VERSIONS_KEPT_DAYS
                )
            ],
            abort_incomplete_multipart_upload=[
                S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=7)
            ],
        )
        self.lifecycle = at(
            S3BucketLifecycleConfiguration(
                self,
                "lifecycle",
                bucket=self.bucket_id,
                rule=[rule],
                count=self._props.count,
                depends_on=[self.versioning],
            ),
            self._props.address,
        )


def only_tls(bucket_arn: str) -> dict[str, object]:
    """Return the policy statement that refuses every request to a bucket that does not come over TLS."""
    return {
        "Sid": "OnlyOverTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
