"""Where cookbooks and images lie: the bucket of cookbook bundles, and the repositories of the hub's and notebook's images.

The bucket is the operator's when one is named, else one is made here.
"""

import json
from dataclasses import dataclass
from typing import Literal

from cdktf import Fn, Op, TerraformLocal, Token
from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import EcrRepository, EcrRepositoryImageScanningConfiguration
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from constructs import Construct

from hub_constructs.core.addresses import at
from hub_constructs.shared.private_bucket import PrivateBucket, PrivateBucketProps, only_tls

ADDRESS = "bootstrap"
REPOSITORIES = ("geospatial", "jupyterhubserver")


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
        statements = {"Version": "2012-10-17", "Statement": [only_tls(self.arn)]}
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


@dataclass(frozen=True, kw_only=True)
class RegistriesProps:
    """``images_kept`` None keeps every image for ever; ``force_delete`` lets a destroy delete the images too."""

    tag_mutability: Literal["MUTABLE", "IMMUTABLE"]
    images_kept: int | None
    force_delete: bool


class Registries(Construct):
    """One repository per image; each image is scanned when it is pushed."""

    def __init__(self, scope: Construct, id_: str, props: RegistriesProps) -> None:
        super().__init__(scope, id_)
        self.repositories = [self._repository(name, props) for name in REPOSITORIES]

    def _repository(self, name: str, props: RegistriesProps) -> EcrRepository:
        repository = at(
            EcrRepository(
                self,
                name,
                name=name,
                image_tag_mutability=props.tag_mutability,
                force_delete=props.force_delete or None,
                image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            ),
            name,
        )
        if props.images_kept is not None:
            policy = json.dumps({"rules": [_keep_newest(props.images_kept)]})
            at(EcrLifecyclePolicy(self, f"{name}-lifecycle", repository=repository.name, policy=policy), name)
        return repository


def _keep_newest(count: int) -> dict[str, object]:
    return {
        "rulePriority": 1,
        "description": f"Keep the newest {count} images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count},
        "action": {"type": "expire"},
    }
