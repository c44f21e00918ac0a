"""The topic that alarms notify: encrypted with a key that CloudWatch may use, and open to the stack's own alarms only."""

from dataclasses import dataclass

from cdktf import Fn, Op, Token
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

from hub_constructs.core.addresses import at

ADDRESS = "notifications"
DELETION_DAYS = 7  # the fewest that AWS allows; nothing that is kept is encrypted with this key


@dataclass(frozen=True, kw_only=True)
class NotificationsProps:
    """``email`` is a reference to a string that is empty at plan time when no one subscribes by e-mail."""

    name: str
    email: str
    partition: str
    region: str
    account_id: str


class Notifications(Construct):
    """Key, topic, its policy, and a subscription that its owner confirms by a link in the first mail.

    AWS's own key ``alias/aws/sns`` will not do: its policy lets no alarm use it, and notifications get lost.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """

    def __init__(self, scope: Construct, id_: str, props: NotificationsProps) -> None:
        super().__init__(scope, id_)
        self._props = props
        self.key = at(
            KmsKey(
                self,
                "key",
                description=f"Notifications of {props.name}",
                enable_key_rotation=True,
                deletion_window_in_days=DELETION_DAYS,
                policy=Fn.jsonencode(self._key_policy()),
            ),
            ADDRESS,
        )
        at(
            KmsAlias(self, "alias", name=f"alias/{props.name}-notifications", target_key_id=self.key.key_id),
            ADDRESS,
        )
        self.topic = at(
            SnsTopic(self, "topic", name=f"{props.name}-notifications", kms_master_key_id=self.key.arn),
            ADDRESS,
        )
        at(
            SnsTopicPolicy(
                self, "policy", arn=self.topic.arn, policy=Fn.jsonencode(self._topic_policy(self.topic.arn))
            ),
            ADDRESS,
        )
        wanted = Token.as_number(Fn.conditional(Op.gte(Fn.length_of(props.email), 1), 1, 0))
        at(
            SnsTopicSubscription(
                self,
                "email",
                topic_arn=self.topic.arn,
                protocol="email",
                endpoint=props.email,
                count=wanted,
            ),
            "operators",
        )

    def _key_policy(self) -> dict[str, object]:
        """Give the key to the account, whose IAM policies then decide, and its use to CloudWatch.

        Without a condition, as AWS documents it: who may publish, the topic's policy says.
        """
        root = f"arn:{self._props.partition}:iam::{self._props.account_id}:root"
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AccountAdministers",
                    "Effect": "Allow",
                    "Principal": {"AWS": root},
                    "Action": "kms:*",
                    "Resource": "*",
                },
                {
                    "Sid": "AlarmsEncrypt",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudwatch.amazonaws.com"},
                    "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                    "Resource": "*",
                },
            ],
        }

    def _topic_policy(self, topic_arn: str) -> dict[str, object]:
        """Let only alarms publish whose names begin with the deployment's.

        https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
        """
        props = self._props
        alarms = f"arn:{props.partition}:cloudwatch:{props.region}:{props.account_id}:alarm:{props.name}-*"
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AlarmsPublish",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudwatch.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": topic_arn,
                    "Condition": {"ArnLike": {"aws:SourceArn": alarms}},
                }
            ],
        }
