"""The workers' auto scaling group: asking for more workers, and protecting those that hold notebook servers.

Fewer workers are never asked for: AWS's own policies and the workers' farewell do that. The group shrinks by its CPU, and
a notebook whose user is thinking uses none, so workers with servers are protected from scale-in. Of those without, as many
are as hold the spare places.
Auto Scaling never chooses a protected instance; replacing an unhealthy one, and a spot interruption, are not
scale-in and remain possible.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-protection.html
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

import boto3
from botocore.config import Config

from hub_common.names import NOTEBOOK
from swarm_hub.admission import GroupSize
from swarm_hub.cluster import KIND_LABEL, Cluster, instance_of, read_cluster

log = logging.getLogger("swarm_hub.worker_group")
ROUND_SECONDS = 20.0
SOONEST_SECONDS = 5.0  # between rounds, however many servers start and stop
_BATCH = 50  # instances that one SetInstanceProtection takes


class GrowthError(Exception):
    """The auto scaling group cannot be seen or raised; the message says what AWS answered."""


class Growth(Protocol):
    """Something that can be asked for more workers. Calls block; they are made in a thread."""

    def group(self) -> GroupSize:
        """Return the group as it is now."""

    def raise_to(self, capacity: int) -> None:
        """Ask for ``capacity`` workers, if that is more than was asked for."""


def autoscaling_client(region: str) -> Any:
    """Return boto3's client; its calls end soon, so that no user waits for minutes at a page for a call that hangs."""
    config = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"})
    return boto3.client("autoscaling", region_name=region, config=config)


class AutoScalingGrowth:
    """Growth by an AWS auto scaling group."""

    def __init__(self, name: str, *, region: str, client: Any = None) -> None:
        self.name = name
        self._client = client or autoscaling_client(region)

    def group(self) -> GroupSize:
        """Return desired and maximal size; raise GrowthError when AWS cannot tell."""
        try:
            answer = self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        except Exception as error:
            raise GrowthError(f"AWS does not show the auto scaling group {self.name}: {error}") from error
        if not answer["AutoScalingGroups"]:
            raise GrowthError(f"there is no auto scaling group {self.name}")
        found = answer["AutoScalingGroups"][0]
        return GroupSize(
            name=self.name,
            desired=found["DesiredCapacity"],
            maximum=found["MaxSize"],
            warm=found.get("WarmPoolSize") or 0,
        )

    def raise_to(self, capacity: int) -> None:
        """Set the desired capacity, not waiting for a cooldown: somebody waits for the worker."""
        if self.group().desired >= capacity:  # a policy or another hub was faster
            return
        try:
            self._client.set_desired_capacity(
                AutoScalingGroupName=self.name, DesiredCapacity=capacity, HonorCooldown=False
            )
        except Exception as error:
            raise GrowthError(f"AWS does not raise {self.name} to {capacity} workers: {error}") from error


class ProtectedGroup(Protocol):
    """The auto scaling group: which of its instances in service are protected, and changing that. Calls block."""

    def protection(self) -> dict[str, bool]:
        """Return the instances in service, by id, and whether they are protected."""

    def protect(self, instances: Sequence[str], *, on: bool) -> None:
        """Set or lift the protection of these instances."""


class AutoScalingProtection:
    """The group as AWS knows it; ``client`` is boto3's ``autoscaling``. Raises what boto3 raises."""

    def __init__(self, name: str, client: Any) -> None:
        self._name = name
        self._client = client

    def protection(self) -> dict[str, bool]:
        """Return the instances in service, by id, and whether they are protected."""
        groups = self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[self._name])
        return {
            str(instance["InstanceId"]): bool(instance["ProtectedFromScaleIn"])
            for group in groups["AutoScalingGroups"]
            for instance in group["Instances"]
            if instance["LifecycleState"] == "InService"
        }

    def protect(self, instances: Sequence[str], *, on: bool) -> None:
        """Set or lift the protection of these instances."""
        for first in range(0, len(instances), _BATCH):
            self._client.set_instance_protection(
                AutoScalingGroupName=self._name,
                InstanceIds=list(instances[first : first + _BATCH]),
                ProtectedFromScaleIn=on,
            )


def busy_instances(nodes: Iterable[Mapping[str, Any]], tasks: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the ids of the instances that hold a notebook server, or are about to.

    ``nodes`` is the engine's answer to /nodes, ``tasks`` that to /tasks: of notebook services, and only wanted ones.
    """
    instances = {str(node["ID"]): found for node in nodes if (found := instance_of(node))}
    return {instances[task["NodeID"]] for task in tasks if task.get("NodeID") in instances}


class Spare(Protocol):
    """What is kept free: see :mod:`swarm_hub.spare`. Calls block."""

    def kept(self, cluster: Cluster) -> Collection[str]:
        """Return the instances of empty workers that must not leave."""

    def grow(self, cluster: Cluster) -> None:
        """Ask for workers where too few places are free."""


class WorkerProtection:
    """A thread that keeps the protection right, and places free; ``docker_client`` is docker's ``APIClient``."""

    def __init__(
        self,
        docker_client: Any,
        group: ProtectedGroup,
        *,
        round_seconds: float = ROUND_SECONDS,
        soonest_seconds: float = SOONEST_SECONDS,
        spare: Spare | None = None,
    ) -> None:
        self._docker = docker_client
        self._group = group
        self._round_seconds = round_seconds
        self._soonest_seconds = soonest_seconds
        self._spare = spare
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._complained = ""
        self._thread = threading.Thread(target=self._watch, name="worker-protection", daemon=True)

    def start(self) -> None:
        """Start looking, again and again."""
        self._thread.start()

    def stop(self, patience: float = 2.0) -> None:
        """Stop looking; return once the last look is over, or after ``patience`` seconds. What is protected stays so."""
        self._stop.set()
        self._wake.set()
        self._thread.join(patience)

    def look_soon(self) -> None:
        """Look again within seconds: a server starts or has ended."""
        self._wake.set()

    def round(self) -> None:
        """Look once, and set what is not as it should be."""
        services = {"label": f"{KIND_LABEL}={NOTEBOOK}"}
        listed = self._docker.services(filters=services)
        names = [service["ID"] for service in listed]
        tasks = (
            self._docker.tasks({"service": names, "desired-state": ["running", "ready", "accepted"]})
            if names
            else []
        )
        nodes = self._docker.nodes()
        busy = busy_instances(nodes, tasks)
        cluster = read_cluster(nodes, listed, tasks) if self._spare else None
        if self._spare and cluster:
            busy |= {*self._spare.kept(cluster)}
        known = self._group.protection()
        for on in (True, False):  # protect first: a lift that fails does no harm
            wrong = sorted(
                one for one, protected in known.items() if protected is not on and (one in busy) is on
            )
            if wrong:
                self._group.protect(wrong, on=on)
                log.info("%s scale-in: %s", "protected from" if on else "left to", ", ".join(wrong))
        if self._spare and cluster:
            self._spare.grow(cluster)

    def _watch(self) -> None:
        last = time.monotonic()
        while True:
            if self._wake.wait(self._round_seconds):
                self._stop.wait(max(0.0, last + self._soonest_seconds - time.monotonic()))
            self._wake.clear()
            if self._stop.is_set():
                return
            last = time.monotonic()
            try:
                self.round()
                self._complained = ""
            except Exception as error:  # Docker restarts, AWS throttles: the next round looks again
                if str(error) != self._complained:  # a role without the right would say so each time
                    log.warning("workers' protection from scale-in is not kept: %s", error)
                self._complained = str(error)
