"""The Swarm service that a notebook server is: image, mounts, limits, placement, what happens when it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker.types import ContainerSpec, EndpointSpec, Mount, Placement, Resources, RestartPolicy, TaskTemplate

from hub_common.names import NOTEBOOK
from hub_common.spawning import PIDS
from hub_common.user_files import HOME, NOTEBOOK_GID, NOTEBOOK_UID
from swarm_hub.cluster import KIND_LABEL, OWN_DOMAIN_LABEL, USER_LABEL
from swarm_hub.images import placement

NANO = 1_000_000_000
DATASETS = "/datasets"
STOP_SECONDS = 10
# Longer than three waits for the lock: else these would never count as failed three times.
RESTART_WINDOW_SECONDS = 600
# What a server holds while it runs. Where Swarm misses a worker that goes on without it, the next server waits here
# until the first has ended: no two ever work on the same files. A network file system lets go of the locks of a
# machine that is gone by itself (NFS: when its lease runs out).
LOCK = f"{HOME}/.server.lock"
LOCK_SECONDS = 90
LOCKED_EXIT_CODE = 75

# flock (util-linux, in every Debian and Ubuntu) hands its place to the server: it gets the signals itself.
_LOCKED = (
    "flock",
    "--no-fork",
    "--wait",
    str(LOCK_SECONDS),
    "--conflict-exit-code",
    str(LOCKED_EXIT_CODE),
    LOCK,
)


@dataclass(frozen=True, kw_only=True)
class OperatorAdditions:
    """What the operator's traits add to a service, once they are checked: see :mod:`swarm_hub.spawner_traits`.

    ``labels`` are the service's; the others are arguments of docker's types, as in dockerspawner.
    """

    mounts: Sequence[Mount] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    container: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, Any] = field(default_factory=dict)
    placement: Mapping[str, Any] = field(default_factory=dict)
    task: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NotebookService:
    """What differs from server to server. ``memory`` in bytes, ``cpus`` in cores; ``datasets`` is shared, read-only.

    ``labelled`` is False only where workers do not say yet which images they hold. ``node`` is the id of the worker on
    which it starts, nothing where Swarm chooses one.
    """

    name: str
    user: str
    image: str
    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    datasets: Path
    network: str
    memory: int
    cpus: float
    labelled: bool = True
    node: str = ""
    own_domain: bool = False
    additions: OperatorAdditions = field(default_factory=OperatorAdditions)

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the service and of its container."""
        domain = {OWN_DOMAIN_LABEL: "true"} if self.own_domain else {}
        return {KIND_LABEL: NOTEBOOK, USER_LABEL: self.user, **domain}


def create_arguments(service: NotebookService) -> dict[str, Any]:
    """Return the arguments of docker's ``create_service``."""
    return {
        "task_template": _task(service),
        "name": service.name,
        "labels": {**service.additions.labels, **service.labels},
        # No virtual address: the name leads to the container itself, and kernels without IPVS will do.
        "endpoint_spec": EndpointSpec(mode="dnsrr"),
    }


def _task(service: NotebookService) -> TaskTemplate:
    return TaskTemplate(
        **service.additions.task,
        container_spec=_container(service),
        resources=_resources(service),
        networks=[service.network],
        # A label of the image, which is only ever added while somebody uses it: Swarm ends what runs on a node that
        # loses a label which it requires.
        placement=_placement(service),
        # A server that ends by itself stays ended; one that fails, or whose worker is drained or dies, is
        # started again on a worker that is left. A few times, then the hub tells the user.
        restart_policy=RestartPolicy(
            condition="on-failure", delay=1 * NANO, max_attempts=3, window=RESTART_WINDOW_SECONDS * NANO
        ),
    )


def _placement(service: NotebookService) -> Placement:
    added = dict(service.additions.placement)
    constraints = placement(service.image, labelled=service.labelled, node=service.node)
    return Placement(constraints=[*constraints, *added.pop("constraints", [])], **added)


def _container(service: NotebookService) -> ContainerSpec:
    added = {"hostname": "notebook", **service.additions.container}
    labels = {**added.pop("labels", {}), **service.labels}
    return ContainerSpec(
        **added,
        image=service.image,
        args=[*_LOCKED, *service.command],
        env=dict(service.environment),
        user=f"{NOTEBOOK_UID}:{NOTEBOOK_GID}",
        workdir=HOME,
        labels=labels,
        mounts=[
            Mount(target=HOME, source=str(service.directory), type="bind"),
            Mount(target=DATASETS, source=str(service.datasets), type="bind", read_only=True),
            *service.additions.mounts,
        ],
        init=True,
        cap_drop=["ALL"],
        stop_grace_period=STOP_SECONDS * NANO,
        # The hub itself finds out whether the server answers; a check in the image would only delay its start.
        healthcheck={"test": ["NONE"]},
    )


def _resources(service: NotebookService) -> Resources:
    resources = Resources(
        **service.additions.resources,
        cpu_limit=int(service.cpus * NANO),
        mem_limit=service.memory,
        mem_reservation=service.memory,
    )
    resources["Limits"]["Pids"] = PIDS  # the client has no argument for it
    return resources
