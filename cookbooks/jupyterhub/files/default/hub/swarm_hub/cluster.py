"""The Swarm: Docker's API for asyncio, and what it says about workers and promises.

:func:`read_cluster` is pure. :class:`DockerCalls` makes each call in a thread, bounded in time; what is not there is None
or empty.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from docker.errors import APIError, NotFound

from hub_common import engine_client
from hub_common.names import NOTEBOOK
from swarm_hub.admission import Worker
from swarm_hub.images import LABEL_PREFIX, PIN, READY_LABEL
from swarm_hub.settings import LIVE_NAMES
from swarm_hub.shared_look import Look, SharedLook, shortened, without_collection

KIND_LABEL = LIVE_NAMES.label("kind")
USER_LABEL = LIVE_NAMES.label("user")
OWN_DOMAIN_LABEL = LIVE_NAMES.label("own-domain")
NODE_LABEL = LIVE_NAMES.label(
    "node"
)  # of the engine: the Chef node, which for a worker ends in its instance id
# Of a Swarm node: when AWS takes a spot worker away, in seconds since the epoch or ISO 8601
LEAVING_LABEL = "hub.leaving-at"
_INSTANCE = re.compile(r"(?:^|-)(i-[0-9a-f]{8,17})$")
_COUNTED = {
    "new",
    "allocated",
    "pending",
    "assigned",
    "accepted",
    "preparing",
    "ready",
    "starting",
    "running",
}
Answer = TypeVar("Answer")
NOTEBOOKS = {"label": f"{KIND_LABEL}={NOTEBOOK}"}
THREADS = 8
CALL_SECONDS = 20
# Servers that run are asked after every 20 s: a look that is so old will do to see that one still does.
RUNNING_LOOK_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """``promised`` is the memory reservation of each notebook service in bytes, by name; ``placed`` those with a node.

    ``images`` are the services' images, by name; ``nodes`` are the nodes' ids of those that have one, and ``pins`` those
    to which services are bound until they have one.
    """

    workers: tuple[Worker, ...]
    promised: Mapping[str, int]
    placed: frozenset[str]
    dead_nodes: frozenset[str]
    images: Mapping[str, str] = field(default_factory=dict)
    nodes: Mapping[str, str] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)

    def leaving_at(self, service: str) -> datetime | None:
        """Return when the worker of a service will be gone, None as long as it is not to leave."""
        node = self.nodes.get(service)
        return next((worker.leaving_at for worker in self.workers if worker.id == node), None)


def read_cluster(
    nodes: Iterable[Mapping[str, Any]],
    services: Iterable[Mapping[str, Any]],
    tasks: Iterable[Mapping[str, Any]],
) -> Cluster:
    """Read the engine's answers to /nodes, /services (of notebooks only) and /tasks (wanted ones, and removed ones that end)."""
    nodes = list(nodes)
    services = list(services)
    names = {service["ID"]: service["Spec"]["Name"] for service in services}
    promised = {
        service["Spec"]["Name"]: _reservation(service["Spec"]["TaskTemplate"]) for service in services
    }
    on_node: dict[str, int] = {}
    servers: Counter[str] = Counter()
    placed: dict[str, str] = {}
    for task in tasks:
        node = task.get("NodeID")
        if not node or task["Status"]["State"] not in _COUNTED:
            continue
        on_node[node] = on_node.get(node, 0) + _reservation(task["Spec"])
        if task["ServiceID"] in names:
            placed[names[task["ServiceID"]]] = node
            servers[node] += 1
    return Cluster(
        workers=tuple(
            _worker(node, on_node.get(node["ID"], 0), servers[node["ID"]])
            for node in nodes
            if _is_worker(node)
        ),
        promised=promised,
        placed=frozenset(placed),
        nodes=placed,
        pins={service["Spec"]["Name"]: pin for service in services if (pin := pin_of(service))},
        dead_nodes=dead_nodes(nodes),
        images={service["Spec"]["Name"]: image for service in services if (image := image_of(service))},
    )


def image_of(service: Mapping[str, Any]) -> str:
    """Return the image of a service as its maker named it."""
    return str((service["Spec"]["TaskTemplate"].get("ContainerSpec") or {}).get("Image") or "")


def dead_nodes(nodes: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the ids of the nodes that the leader has lost."""
    return frozenset(str(node["ID"]) for node in nodes if node["Status"]["State"] != "ready")


def _is_worker(node: Mapping[str, Any]) -> bool:
    return (node["Spec"]["Role"], node["Status"]["State"]) == ("worker", "ready")


def instance_of(node: Mapping[str, Any]) -> str:
    """Return the id of a node's EC2 instance, nothing where it is not known."""
    engine = node["Description"].get("Engine") or {}
    found = _INSTANCE.search(str((engine.get("Labels") or {}).get(NODE_LABEL, "")))
    return found.group(1) if found else ""


def _leaving_at(node: Mapping[str, Any]) -> datetime | None:
    """Return when the node will be gone; at once where the label says something else than a time."""
    said = (node["Spec"].get("Labels") or {}).get(LEAVING_LABEL)
    if not said:
        return None
    try:
        if said.isdecimal():
            return datetime.fromtimestamp(int(said), UTC)
        moment = datetime.fromisoformat(said)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _worker(node: Mapping[str, Any], promised: int, servers: int) -> Worker:
    labels = {name for name, value in (node["Spec"].get("Labels") or {}).items() if value == "true"}
    images = frozenset(name for name in labels if name.startswith(LABEL_PREFIX))
    availability, leaving_at = node["Spec"]["Availability"], _leaving_at(node)
    return Worker(
        name=node["Description"]["Hostname"],
        memory=node["Description"]["Resources"].get("MemoryBytes", 0),
        promised=promised,
        ready=availability == "active" and leaving_at is None and bool(images or READY_LABEL in labels),
        images=images,
        paused=availability == "pause" and leaving_at is None,
        leaving_at=leaving_at,
        id=str(node["ID"]),
        instance=instance_of(node),
        servers=servers,
    )


def _reservation(template: Mapping[str, Any]) -> int:
    reservations = (template.get("Resources") or {}).get("Reservations") or {}
    return int(reservations.get("MemoryBytes") or 0)


def pin_of(service: Mapping[str, Any]) -> str:
    """Return the id of the one node on which a service may run, nothing where it may run on others too."""
    constraints = (service["Spec"]["TaskTemplate"].get("Placement") or {}).get("Constraints") or ()
    return next((str(one).removeprefix(PIN) for one in constraints if one.startswith(PIN)), "")


def unpinned(service: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of docker's ``update_service`` that let a service run on every worker with its image."""
    spec = service["Spec"]
    placement = spec["TaskTemplate"]["Placement"]
    constraints = [one for one in placement["Constraints"] if not one.startswith(PIN)]
    return {
        "task_template": {**spec["TaskTemplate"], "Placement": {**placement, "Constraints": constraints}},
        "name": spec["Name"],
        "labels": spec.get("Labels"),
        "mode": spec.get("Mode"),
        "networks": spec.get("Networks"),
        "endpoint_spec": spec.get("EndpointSpec"),
    }


def connect() -> Any:
    """Return a client of the engine that ``DOCKER_HOST`` names, by default the leader's own socket."""
    # Threads share it: as many connections are kept as there are threads.
    return engine_client.connect(timeout=CALL_SECONDS, num_pools=THREADS)


class DockerCalls:
    """The calls that the hub makes. Errors are docker's own ``APIError``, but for what is not found."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="docker")
        self._looks = SharedLook(self._look)
        self._placed: tuple[Look | None, frozenset[str]] = (None, frozenset())

    async def _call(self, function: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*arguments, **named))

    async def service(self, name: str) -> dict[str, Any] | None:
        """Return a service, None when there is none of that name."""
        try:
            found: dict[str, Any] = await self._call(self._client.inspect_service, name)
        except NotFound:
            return None
        return found

    async def create_service(self, **arguments: Any) -> dict[str, Any]:
        """Create a service; return its id as ``ID``."""
        created: dict[str, Any] = await self._call(self._client.create_service, **arguments)
        self._looks.note_created(created["ID"], arguments)
        return created

    async def place_anywhere(self, name: str) -> bool:
        """Take the one worker off a service's constraints; return True when there was one. A running task goes on.

        Swarm makes new tasks only where more than the constraints has changed, or the task's node does not satisfy them:
        ``IsTaskDirty`` in github.com/moby/swarmkit, manager/orchestrator/task.go.
        """
        service = await self.service(name)
        if service is None or not pin_of(service):
            return False
        await self._call(self._client.update_service, name, service["Version"]["Index"], **unpinned(service))
        return True

    async def remove_service(self, name: str) -> None:
        """Remove a service; one that is gone already is no error."""
        with contextlib.suppress(NotFound):
            await self._call(self._client.remove_service, name)
        self._looks.note_removed(name)

    async def tasks(self, service: str) -> list[dict[str, Any]]:
        """Return all tasks of a service, none when it is gone."""
        try:
            return await self._tasks({"service": service})
        except APIError as error:
            if error.response is not None and error.response.status_code == 404:
                return []
            raise

    async def tasks_by_id(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return those of the tasks that there still are; their service may be gone."""
        wanted = list(ids)
        return await self._tasks({"id": wanted}) if wanted else []

    async def nodes(self) -> list[dict[str, Any]]:
        """Return all nodes of the Swarm."""
        found: list[dict[str, Any]] = await self._call(self._client.nodes)
        return found

    async def cluster(self) -> Cluster:
        """Return workers and promises, with all that this hub has created; who asks at the same time shares a look."""
        return _read(await self._looks.look())

    async def is_placed(self, service: str) -> bool:
        """Tell whether the service was on a worker a few seconds ago, and this hub has not removed it since."""
        look = await self._looks.look(RUNNING_LOOK_SECONDS)
        if self._placed[0] is not look:
            self._placed = (look, _read(look).placed)
        return service in self._placed[1]

    async def _look(self) -> Look:
        def listed(function: Callable[..., Any], **filters: Any) -> Any:
            with without_collection():
                return shortened(function(**filters))

        # Swarm counts a task whose service is removed until its container is gone: until then the worker takes no other.
        wanted = {"desired-state": ["running", "ready", "accepted", "remove"]}
        # Tasks last: a service that is not bound to its worker any more has its place among them. The other way round, it
        # could seem to wait for any worker, and its place on this one to be free.
        nodes, services = await asyncio.gather(
            self.nodes(), self._call(listed, self._client.services, filters=NOTEBOOKS)
        )
        tasks = await self._call(listed, self._client.tasks, filters=wanted)
        return Look(nodes=nodes, services=services, tasks=tasks)

    async def _tasks(self, filters: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._call(self._client.tasks, filters=filters)
        return found


def _read(look: Look) -> Cluster:
    return read_cluster(look.nodes, look.services, look.tasks)
