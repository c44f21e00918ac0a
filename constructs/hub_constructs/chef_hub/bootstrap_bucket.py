"""The bucket of cookbook bundles: the operator's own when one is named, else one made here (B7, B10)."""

from cdktf import Fn, Op, TerraformLocal, Token
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from constructs import Construct

from hub_constructs.addresses import at
from hub_constructs.private_bucket import PrivateBucket, PrivateBucketProps

ADDRESS = "bootstrap"


class BootstrapBucket(Construct):
    """``existing`` is a reference to a string that is empty at plan time when a bucket is to be made."""

    def __init__(self, scope: Construct, id_: str, *, existing: str, partition: str) -> None:
        super().__init__(scope, id_)
        wanted = Op.lt(Fn.length_of(existing), 1)  # CDKTF writes a falsy operand as "undefined"
        count = Token.as_number(Fn.conditional(wanted, 1, 0))
        made = PrivateBucket(
            self, "made", PrivateBucketProps(address=ADDRESS, name_prefix="chef-hub-bootstrap-", count=count)
        )
        name = Fn.conditional(wanted, Fn.lookup_nested(made.bucket.fqn, [0, "bucket"]), existing)
        self.name = at(TerraformLocal(self, "name", name), "bootstrap_bucket").as_string
        self.arn = f"arn:{partition}:s3:::{self.name}"
        statements = {"Version": "2012-10-17", "Statement": [_only_tls(self.arn)]}
        self.policy = at(
            S3BucketPolicy(
                self,
                "policy",
                bucket=made.bucket_id,
                policy=Fn.jsonencode(statements),
                count=count,
                # Both change who may set a policy: one after the other.
                depends_on=[made.public_access_block],
            ),
            ADDRESS,
        )


def _only_tls(bucket_arn: str) -> dict[str, object]:
    return {
        "Sid": "OnlyOverTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
