"""An encrypted bucket for the load balancer's access logs."""

from dataclasses import dataclass

from cdktf import Fn
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from constructs import Construct

from hub_constructs.addresses import at
from hub_constructs.private_bucket import PrivateBucket, PrivateBucketProps, only_tls


@dataclass(frozen=True, kw_only=True)
class AccessLogsProps:
    """``retention_days`` is how long a log object is kept."""

    name: str
    account_id: str
    retention_days: float


class AccessLogs(Construct):
    """Bucket and policy. Balancers can only write to buckets that S3 itself encrypts (SSE-S3).

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """

    def __init__(self, scope: Construct, id_: str, props: AccessLogsProps) -> None:
        super().__init__(scope, id_)
        self._bucket = PrivateBucket(
            self,
            "bucket",
            PrivateBucketProps(
                address="access_logs",
                name_prefix=f"{props.name}-access-logs-",
                expire_after_days=props.retention_days,
            ),
        )
        bucket = self._bucket.bucket
        delivery = {
            "Sid": "LogDelivery",
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{bucket.arn}/AWSLogs/{props.account_id}/*",
        }
        self.policy = at(
            S3BucketPolicy(
                self,
                "policy",
                bucket=bucket.id,
                policy=Fn.jsonencode({"Version": "2012-10-17", "Statement": [delivery, only_tls(bucket)]}),
            ),
            "access_logs",
        )

    @property
    def bucket(self) -> S3Bucket:
        """The bucket, for ``depends_on`` and its id."""
        return self._bucket.bucket
