"""A host for each instance of the workers' group: started and ended as the local AWS says."""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubctl.core.errors import HubctlError
from hubctl.trial.aws.server import LocalAws
from hubctl.trial.hosts.host import Host
from hubctl.trial.swarm.account import WorkerInstance, instance_metadata, instances_of, write_metadata
from hubctl.trial.swarm.nodes import SwarmHostInputs, furnish_worker
from hubctl.trial.swarm.settings import LocalSwarmSettings

LOOK_SECONDS = 1.0
LAUNCH_SECONDS = 300.0
FIRST_NUMBER = 2  # the leader is the first


class WorkerFleet:
    """The workers. ``hosts`` are those that live, by instance id; each is called as its Chef node would be.

    ``metadata_file`` is the file from which the metadata service answers each host about its instance. ``engines`` are disks
    of engines that have the notebook image already, by the version of the launch template, as a machine image may have it.
    """

    def __init__(
        self, aws: LocalAws, inputs: SwarmHostInputs, settings: LocalSwarmSettings, metadata_file: Path
    ) -> None:
        self.hosts: dict[str, Host] = {}
        self.engines: dict[str, Path] = {}
        self._inputs = inputs
        self._settings = settings
        self._metadata_file = metadata_file
        self._autoscaling, self._ec2 = aws.client("autoscaling"), aws.client("ec2")
        self._numbers = itertools.count(FIRST_NUMBER)
        self._lock = threading.Lock()
        self._asleep: set[str] = set()  # instances of the warm pool that are stopped

    def begin(self, count: int, engine: Path) -> None:
        """Start the hosts of the first ``count`` instances, whose engines have the image."""
        deadline = time.monotonic() + LAUNCH_SECONDS
        while len(found := self._serving()) < count:
            if time.monotonic() > deadline:
                raise HubctlError(
                    f"the local AWS has launched {len(found)} of {count} workers", remedy="Try again."
                )
            time.sleep(0.1)
        for instance in found.values():
            self._start(instance, engine)

    @contextmanager
    def following(self) -> Iterator[None]:
        """Follow the group for as long as the block lasts."""
        stop = threading.Event()
        thread = threading.Thread(target=self._follow, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()  # no host comes while the hosts are stopped

    def stop(self) -> None:
        """Kill and erase all hosts."""
        for host in self.hosts.values():
            host.kill()
        for host in self.hosts.values():
            host.erase()

    def _follow(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_SECONDS):
            with contextlib.suppress(Exception):  # the next look comes soon
                self._look()

    def _look(self) -> None:
        found = self._instances()
        for instance in set(self.hosts) - set(found):
            host = self.hosts.pop(instance)
            self._asleep.discard(instance)
            host.kill()
            host.erase()
        self._publish_metadata(found)
        for instance in set(found) & set(self.hosts):
            self._stop_or_wake(found[instance])
        for instance in set(found) - set(self.hosts):
            if not found[instance].leaves and not found[instance].stopped:
                self._start(found[instance], self.engines.get(found[instance].version))

    def _stop_or_wake(self, instance: WorkerInstance) -> None:
        """Switch a machine off that AWS stops for the warm pool, and on again when AWS starts it: its disk stays."""
        host = self.hosts[instance.id]
        if instance.stopped and instance.id not in self._asleep:
            self._asleep.add(instance.id)
            host.stop()
        elif not instance.stopped and instance.id in self._asleep:
            self._asleep.discard(instance.id)
            host.launch()

    def _instances(self) -> dict[str, WorkerInstance]:
        return instances_of(self._autoscaling, self._inputs.attributes["autoscaling_group"], self._ec2)

    def _serving(self) -> dict[str, WorkerInstance]:
        return {name: one for name, one in self._instances().items() if not one.state.startswith("Warmed:")}

    def _start(self, instance: WorkerInstance, engine: Path | None) -> None:
        """Start a host, without waiting for it; one with an empty engine has to load the image first."""
        name = f"worker-{instance.id}"
        host = Host(
            name=name,
            number=next(self._numbers),
            disk=self._settings.state / "hosts" / name,
            shared=self._settings.shared,
            engine=engine,
            network=self._settings.network,
        )
        furnish_worker(host, self._inputs)
        self.hosts[instance.id] = host
        self._publish_metadata(self._instances())
        host.launch()

    def _publish_metadata(self, found: dict[str, WorkerInstance]) -> None:
        region = self._inputs.attributes["region"]
        metadata = {
            host.address: instance_metadata(found[instance], address=host.address, region=region)
            for instance, host in self.hosts.items()
            if instance in found
        }
        with self._lock:
            write_metadata(self._metadata_file, metadata)
