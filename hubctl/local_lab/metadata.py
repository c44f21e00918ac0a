"""The hosts' instance metadata service: each host is told its own instance's identity and its role's credentials."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from hubctl.local_lab.instances import Instance
from hubctl.local_swarm.metadata_service import MetadataService

ROLE_FOLDER = "/latest/meta-data/iam/security-credentials/"


class LabMetadata(MetadataService):
    """Knows a host by the address that it asks from. ``states`` are the lifecycle states that instances are moved to."""

    def __init__(self, address: str, region: str, sts: Any) -> None:
        self._region = region
        self._sts = sts
        self._by_address: dict[str, Instance] = {}
        self._credentials: dict[str, str] = {}
        self.states: dict[str, str] = {}
        super().__init__(address)

    @property
    def at(self) -> str:
        """ADDRESS:PORT."""
        host, port = self.server_address[:2]
        return f"{host!s}:{port}"

    def add(self, instance: Instance) -> None:
        """Serve an instance; its role's credentials come from STS, as on AWS."""
        if instance.role not in self._credentials:
            self._credentials[instance.role] = self._assumed(instance)
        self._by_address[instance.address] = instance

    def remove(self, instance: Instance) -> None:
        """Serve an instance no longer."""
        self._by_address.pop(instance.address, None)

    def documents(self, peer: str) -> dict[str, str]:
        """Return what the host of that address sees: path → text; nothing for strangers."""
        instance = self._by_address.get(peer)
        if instance is None:
            return {}
        data = "/latest/meta-data"
        return {
            f"{data}/instance-id": instance.id,
            f"{data}/instance-type": instance.type,
            f"{data}/ami-id": instance.image,
            f"{data}/local-ipv4": instance.address,
            f"{data}/placement/availability-zone": instance.zone,
            f"{data}/placement/region": self._region,
            f"{data}/autoscaling/target-lifecycle-state": self.states.get(instance.id, "InService"),
            ROLE_FOLDER: instance.role,
            f"{ROLE_FOLDER}{instance.role}": self._credentials[instance.role],
            "/latest/user-data": instance.user_data,
        }

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a host that ended before its answer came."""

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Answer for as long as the block lasts."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            thread.join(5)
            self.server_close()

    def _assumed(self, instance: Instance) -> str:
        account = self._sts.get_caller_identity()["Account"]
        given = self._sts.assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/{instance.role}",
            RoleSessionName=instance.id,
            DurationSeconds=12 * 3600,
        )["Credentials"]
        return json.dumps(
            {
                "Code": "Success",
                "Type": "AWS-HMAC",
                "LastUpdated": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                "AccessKeyId": given["AccessKeyId"],
                "SecretAccessKey": given["SecretAccessKey"],
                "Token": given["SessionToken"],
                "Expiration": f"{given['Expiration'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            }
        )
