"""A Swarm for tests of the spawner: what becomes of a service is written down beforehand."""

from typing import Any

from swarm_hub.cluster import Cluster, Worker

GIB = 1024**3


class ScriptedSwarm:
    """Services and their tasks; ``script`` gives the tasks of a new service at each look, the last for ever."""

    def __init__(self, script: list[list[dict[str, Any]]]) -> None:
        self.script = script
        self.services: dict[str, dict[str, Any]] = {}
        self.history: list[str] = []
        self.leaving: list[list[dict[str, Any]]] = [[]]
        self.dead: list[str] = []

    async def service(self, name: str) -> dict[str, Any] | None:
        return self.services.get(name)

    async def create_service(self, **arguments: Any) -> dict[str, Any]:
        self.history.append("create")
        self.services[arguments["name"]] = arguments
        return {"ID": "id"}

    async def remove_service(self, name: str) -> None:
        self.history.append("remove")
        self.services.pop(name, None)

    async def tasks(self, name: str) -> list[dict[str, Any]]:
        if name not in self.services:
            return []
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    async def tasks_by_id(self, ids: list[str]) -> list[dict[str, Any]]:
        self.history.append("wait")
        tasks = self.leaving.pop(0) if len(self.leaving) > 1 else self.leaving[0]
        return [task for task in tasks if task["ID"] in ids]

    async def place_anywhere(self, name: str) -> bool:
        assert name in self.services
        self.history.append("let move")
        return True

    async def nodes(self) -> list[dict[str, Any]]:
        return [{"ID": node, "Status": {"State": "down"}} for node in self.dead]

    async def is_placed(self, _: str) -> bool:
        return False  # so that the spawner looks at the service itself

    async def cluster(self) -> Cluster:
        worker = Worker(name="worker", memory=64 * GIB, promised=0, ready=True)
        return Cluster(workers=(worker,), promised={}, placed=frozenset(), dead_nodes=frozenset())
