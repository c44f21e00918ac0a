"""How to reach a Lab that another process holds: what its manager wrote down."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hubctl.files import write_whole
from hubctl.local_aws.isolation import isolated_session
from hubctl.local_lab.lab import Lab
from hubctl.local_lab.settings import DOMAIN, REGION


@dataclass(frozen=True, kw_only=True)
class LabAccess:
    """Addresses and the test login's password of a Lab that is up; for root's eyes only."""

    url: str
    domain: str
    address: str
    password: str
    endpoint_url: str
    profile: str
    group: str
    speed: float

    @classmethod
    def of(cls, lab: Lab) -> "LabAccess":
        """Return how to reach ``lab``."""
        return cls(
            url=lab.deployed.url,
            domain=DOMAIN,
            address=lab.address,
            password=lab.password,
            endpoint_url=lab.aws.endpoint_url,
            profile=lab.aws.environment()["AWS_CONFIG_FILE"],
            group=lab.deployed.group,
            speed=lab.settings.speed,
        )

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "LabAccess":
        """Return what :meth:`write` wrote."""
        return cls(**document)

    def write(self, file: Path) -> None:
        """Write it for root alone, whole or not at all."""
        write_whole(file, json.dumps(asdict(self)), mode=0o600)

    def client(self, service: str) -> Any:
        """Return a boto3 client of the Lab's AWS."""
        return isolated_session(self.profile).client(
            service, region_name=REGION, endpoint_url=self.endpoint_url
        )
