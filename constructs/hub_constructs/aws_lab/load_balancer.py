"""The public Application Load Balancer: HTTPS to the hub, HTTP to HTTPS, sticky sessions, and a bucket for its access logs."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import Fn
from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs
from cdktf_cdktf_provider_aws.lb_listener import (
    LbListener,
    LbListenerDefaultAction,
    LbListenerDefaultActionRedirect,
)
from cdktf_cdktf_provider_aws.lb_target_group import (
    LbTargetGroup,
    LbTargetGroupHealthCheck,
    LbTargetGroupStickiness,
)
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from constructs import Construct

from hub_constructs.core.addresses import at
from hub_constructs.shared.private_bucket import PrivateBucket, PrivateBucketProps, only_tls

# TLS 1.3 and 1.2 with forward secrecy only:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
HEALTH_PATH = "/hub/health"  # answered by JupyterHub without a login
LONGEST_DEREGISTRATION = 3600  # seconds, the most that a target group takes
STICKY_SECONDS = 86400


@dataclass(frozen=True, kw_only=True)
class LoadBalancerProps:
    """``access_logs`` is the id of the bucket for access logs; None writes none. Times are in seconds."""

    name: str
    vpc_id: str
    subnet_ids: Sequence[str]
    security_group_id: str
    certificate_arn: str
    hub_port: float
    idle_timeout: float
    drain_timeout: float
    access_logs: str | None
    ipv6: bool


class LoadBalancer(Construct):
    """Balancer, target group and both listeners."""

    def __init__(self, scope: Construct, id_: str, props: LoadBalancerProps) -> None:
        super().__init__(scope, id_)
        self.balancer = at(
            Lb(
                self,
                "balancer",
                name=props.name,
                load_balancer_type="application",
                internal=False,
                ip_address_type="dualstack" if props.ipv6 else "ipv4",
                security_groups=[props.security_group_id],
                subnets=list(props.subnet_ids),
                idle_timeout=props.idle_timeout,
                drop_invalid_header_fields=True,
                access_logs=LbAccessLogs(bucket=props.access_logs, enabled=True)
                if props.access_logs
                else None,
            ),
            "lab",
        )
        self.target_group = at(self._target_group(props), "hub")
        self.https = at(
            LbListener(
                self,
                "https",
                load_balancer_arn=self.balancer.arn,
                port=443,
                protocol="HTTPS",
                ssl_policy=TLS_POLICY,
                certificate_arn=props.certificate_arn,
                default_action=[
                    LbListenerDefaultAction(type="forward", target_group_arn=self.target_group.arn)
                ],
            ),
            "https",
        )
        to_https = LbListenerDefaultActionRedirect(port="443", protocol="HTTPS", status_code="HTTP_301")
        self.http = at(
            LbListener(
                self,
                "http",
                load_balancer_arn=self.balancer.arn,
                port=80,
                protocol="HTTP",
                default_action=[LbListenerDefaultAction(type="redirect", redirect=to_https)],
            ),
            "http",
        )

    def _target_group(self, props: LoadBalancerProps) -> LbTargetGroup:
        return LbTargetGroup(
            self,
            "target-group",
            name=props.name,
            vpc_id=props.vpc_id,
            target_type="instance",
            protocol="HTTP",
            port=props.hub_port,
            deregistration_delay=Fn.tostring(Fn.min([props.drain_timeout, LONGEST_DEREGISTRATION])),
            # A user's notebook server runs on one instance: every request has to come back to it.
            stickiness=LbTargetGroupStickiness(
                enabled=True, type="lb_cookie", cookie_duration=STICKY_SECONDS
            ),
            health_check=LbTargetGroupHealthCheck(
                enabled=True,
                path=HEALTH_PATH,
                protocol="HTTP",
                matcher="200",
                interval=15,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=3,
            ),
        )


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
                policy=Fn.jsonencode(
                    {"Version": "2012-10-17", "Statement": [delivery, only_tls(bucket.arn)]}
                ),
            ),
            "access_logs",
        )

    @property
    def bucket(self) -> S3Bucket:
        """The bucket, for ``depends_on`` and its id."""
        return self._bucket.bucket
