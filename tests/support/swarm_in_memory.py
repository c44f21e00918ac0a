"""A Swarm in memory, behind the calls that the hub makes, and the real spawner over it."""

from types import SimpleNamespace
from typing import Any

import requests
from traitlets.config import Config

from hub_common.admission import Disk
from hub_common.maintenance import Maintenance
from hub_common.services import StartedOnce
from hub_common.settings import Secrets
from hub_common.spawning import FirstAnswers
from swarm_hub.admission import Rules, Worker
from swarm_hub.admission_queue import AdmissionQueue
from swarm_hub.cluster import Cluster
from swarm_hub.settings import HubSettings
from swarm_hub.user_domains import UserDomains

GIB = 1024**3


class MemorySwarm:
    """Each service has one running task; while ``away`` every call fails as when the engine does not answer."""

    def __init__(self) -> None:
        self.services: dict[str, dict[str, Any]] = {}
        self.away = False
        self.notices: dict[str, str] = {}  # by user
        self.maintenance_parameter: str | None = None
        self.maintenance = Maintenance(lambda: self.maintenance_parameter)

    def _ask(self) -> None:
        if self.away:
            raise requests.ConnectionError("the engine does not answer")

    async def service(self, name: str) -> dict[str, Any] | None:
        self._ask()
        return self.services.get(name)

    async def create_service(self, **arguments: Any) -> dict[str, Any]:
        self._ask()
        self.services[arguments["name"]] = arguments
        return {"ID": "id"}

    async def remove_service(self, name: str) -> None:
        self._ask()
        self.services.pop(name, None)

    async def tasks(self, name: str) -> list[dict[str, Any]]:
        self._ask()
        task = {"ID": "task", "CreatedAt": "2026", "NodeID": "node", "DesiredState": "running"}
        return [{**task, "Status": {"State": "running"}}] if name in self.services else []

    async def tasks_by_id(self, _: list[str]) -> list[dict[str, Any]]:
        self._ask()
        return []

    async def nodes(self) -> list[dict[str, Any]]:
        self._ask()
        return []

    async def is_placed(self, name: str) -> bool:
        self._ask()
        return name in self.services

    async def cluster(self) -> Cluster:
        self._ask()
        worker = Worker(name="worker", memory=1000 * GIB, promised=0, ready=True)
        promised = dict.fromkeys(self.services, 2 * GIB)
        return Cluster(
            workers=(worker,), promised=promised, placed=frozenset(promised), dead_nodes=frozenset()
        )


class NoBooks:
    """An accounting that counts nothing."""

    def used(self, _: str) -> int:
        return 0

    def recount(self, _: str) -> None:
        """Count nothing."""

    def recount_if_older(self, _: str, __: float) -> None:
        """Count nothing."""


def near_services(settings: HubSettings, swarm: MemorySwarm) -> StartedOnce[Any]:
    """Return the services of a hub over the Swarm in memory."""

    def start() -> Any:  # within the loop of the hub
        rules = Rules(
            max_users=settings.hub.max_users, cluster_memory=1000 * GIB, disk_percent=90, user_memory=GIB
        )
        queue = AdmissionQueue(
            rules=rules,
            see_cluster=swarm.cluster,
            see_disk=lambda: Disk(answers=True),
            growth=None,
            growth_seconds=1,
            on_decision=lambda *_: None,
            closed=swarm.maintenance.sentence,
        )
        return SimpleNamespace(
            settings=settings,
            docker=swarm,
            admission=queue,
            accounting=NoBooks(),
            maintenance=swarm.maintenance,
            answers=FirstAnswers(),
            notice=swarm.notices.get,
        )

    return StartedOnce(start)


def configure_near(config: Config, settings: HubSettings, secrets: Secrets, swarm: MemorySwarm) -> None:
    """Configure a hub over the Swarm in memory, whose servers all answer on loopback."""
    from swarm_hub.configuration import configure
    from swarm_hub.spawner import HubSwarmSpawner

    class NearSpawner(HubSwarmSpawner):
        internal_hostname = "127.0.0.1"

    domains = UserDomains(own=settings.own_domains)
    configure(config, settings, secrets, services=near_services(settings, swarm), domains=domains)
    config.JupyterHub.spawner_class = NearSpawner
