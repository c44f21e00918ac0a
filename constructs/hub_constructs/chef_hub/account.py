"""Who deploys where: what ARNs are made of before the resources exist."""

from functools import cached_property

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition
from constructs import Construct

from hub_constructs.addresses import at


class Account(Construct):
    """Partition, region and account id; each is looked up only where it is used."""

    def __init__(self, scope: Construct, id_: str, *, region: str) -> None:
        super().__init__(scope, id_)
        self.region = region

    @cached_property
    def _partition(self) -> DataAwsPartition:
        return at(DataAwsPartition(self, "partition"), "current")

    @property
    def partition(self) -> str:
        """``aws``, or another one, as a token."""
        return str(self._partition.partition)

    @cached_property
    def id_token(self) -> str:
        """The account's id as a token."""
        return str(at(DataAwsCallerIdentity(self, "identity"), "current").account_id)

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional resource of this account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.id_token}:{resource}"
