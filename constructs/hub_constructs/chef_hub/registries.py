"""The image repositories: the hub's own image and the geospatial notebook."""

import json
from dataclasses import dataclass
from typing import Literal

from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import EcrRepository, EcrRepositoryImageScanningConfiguration
from constructs import Construct

from hub_constructs.addresses import at

REPOSITORIES = ("geospatial", "jupyterhubserver")


@dataclass(frozen=True, kw_only=True)
class RegistriesProps:
    """``images_kept`` None keeps every image for ever; ``force_delete`` lets a destroy delete the images too."""

    tag_mutability: Literal["MUTABLE", "IMMUTABLE"]
    images_kept: int | None
    force_delete: bool


class Registries(Construct):
    """One repository an image; each image is scanned when it is pushed."""

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
            policy = json.dumps({"rules": [_keep(props.images_kept)]})
            at(EcrLifecyclePolicy(self, f"{name}-lifecycle", repository=repository.name, policy=policy), name)
        return repository


def _keep(count: int) -> dict[str, object]:
    return {
        "rulePriority": 1,
        "description": f"Keep the newest {count} images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count},
        "action": {"type": "expire"},
    }
