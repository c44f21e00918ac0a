"""Who deploys where: what ARNs are made of before the resources exist."""

from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition
from constructs import Construct

from hub_constructs.addresses import at


class Account(Construct):
    """Partition, region and account id."""

    def __init__(self, scope: Construct, id_: str, *, region: str) -> None:
        super().__init__(scope, id_)
        self.partition = at(DataAwsPartition(self, "partition"), "current").partition
        self.id_token = at(DataAwsCallerIdentity(self, "identity"), "current").account_id
        self.region = region

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional resource of this account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.id_token}:{resource}"
