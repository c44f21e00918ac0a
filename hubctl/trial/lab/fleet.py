"""A host for each instance of the group: launched and killed as the local AWS says."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.host import Host
from hubctl.trial.hosts.machine import Tell
from hubctl.trial.lab.host import LabHostInputs, furnish, lab_host, refurnish
from hubctl.trial.lab.instances import GroupView, LabGroupReader, LabInstance, LabMetadataService

LOOK_SECONDS = 1.0
AT_ONCE = 2  # hosts that boot side by side


class LabFleet:
    """Follows the instances until it is stopped. ``hosts`` are those that live, by instance id.

    ``welcome`` is called for every new instance, before its host is launched.
    """

    def __init__(
        self,
        instances: LabGroupReader,
        metadata: LabMetadataService,
        inputs: LabHostInputs,
        folder: Path,
        *,
        welcome: Callable[[LabInstance], None],
        tell: Tell,
    ) -> None:
        self._instances = instances
        self._metadata = metadata
        self._welcome = welcome
        self._inputs = inputs
        self._folder = folder
        self._tell = tell
        self._numbers = 0
        self._known: dict[str, LabInstance] = {}
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE)
        self._boots: dict[str, Future[None]] = {}
        self._asleep: set[str] = set()  # instances of the warm pool that are stopped
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.hosts: dict[str, Host] = {}
        self.problems: list[str] = []
        self.group = GroupView(desired=0, members={})

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Follow no longer, and kill and erase all hosts."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(60)
        for host in self.hosts.values():
            host.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for host in self.hosts.values():
            host.kill()
            host.erase()

    def host(self, instance_id: str) -> Host:
        """Return the host of an instance; raise HubctlError when there is no such host."""
        try:
            return self.hosts[instance_id]
        except KeyError:
            raise HubctlError(
                f"the instance {instance_id} has no host",
                remedy=f"There are {', '.join(self.hosts) or 'none'}.",
            ) from None

    def wait_for_service(self, count: int, seconds: float) -> list[str]:
        """Wait until ``count`` instances in service have booted; return their ids. Raises HubctlError."""
        deadline = time.monotonic() + seconds
        while len(found := self.booted()) < count:
            if time.monotonic() > deadline or self.problems:
                said = "\n".join(self.problems) or f"there are {', '.join(found) or 'none'}"
                raise HubctlError(
                    f"{count} instances were not up within {seconds:.0f} s: {said}",
                    remedy="The hosts' logs lie beside their disks.",
                )
            time.sleep(0.2)
        return found

    def booted(self) -> list[str]:
        """Return the instances in service whose host has finished its first boot."""
        return [
            instance_id
            for instance_id, boot in list(self._boots.items())
            if boot.done()
            and boot.exception() is None
            and getattr(self.group.members.get(instance_id), "state", "") == "InService"
        ]

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look()
            except Exception as error:
                self._tell(f"the local AWS cannot be asked: {error}")
            self._stop.wait(LOOK_SECONDS)

    def _look(self) -> None:
        there = self._instances.instances()
        for instance_id in set(self.hosts) - set(there):
            self._end(instance_id)
        self.group = self._instances.group()
        self._metadata.states = {name: member.target for name, member in self.group.members.items()}
        for instance_id in set(there) - set(self._known):
            self._begin(there[instance_id])
        for instance_id in set(there) & set(self.hosts):
            self._stop_or_wake(there[instance_id])

    def _stop_or_wake(self, instance: LabInstance) -> None:
        """Switch a machine off that AWS stops for the warm pool, and on again when AWS starts it: its disk stays.

        Unlike cloud-init, a host runs its user data at every boot; it does the same again.
        """
        member, host = self.group.members.get(instance.id), self.hosts[instance.id]
        if member is None:
            return
        if member.stopped and instance.id not in self._asleep:
            self._asleep.add(instance.id)
            wait([self._boots[instance.id]], timeout=30)
            host.stop()
            self._tell(f"{instance.id}: stopped, and waits in the warm pool")
        elif not member.stopped and instance.id in self._asleep:
            self._asleep.discard(instance.id)
            self._tell(f"{instance.id}: started again out of the warm pool")
            self._boots[instance.id] = self._pool.submit(self._boot_again, host)

    def _begin(self, instance: LabInstance) -> None:
        self._metadata.add(instance)
        self._welcome(instance)
        self._known[instance.id] = instance
        self._tell(f"{instance.id}: starting its host at {instance.address}")
        self._numbers += 1
        host = lab_host(instance, self._numbers, self._folder / instance.id, self._inputs)
        self.hosts[instance.id] = host
        self._boots[instance.id] = self._pool.submit(self._boot, host, instance)

    def _boot_again(self, host: Host) -> None:
        self._wake(host, lambda: refurnish(host, self._inputs))

    def _boot(self, host: Host, instance: LabInstance) -> None:
        self._wake(host, lambda: furnish(host, instance, self._inputs))

    def _wake(self, host: Host, furnish_first: Callable[[], None]) -> None:
        began = time.monotonic()
        try:
            furnish_first()
            host.launch()
            host.wait_until_ready()
        except (HubctlError, OSError) as error:
            if host.name in self.hosts and not self._stop.is_set():
                self.problems.append(f"{host.name}: {error}")
                self._tell(f"{host.name}: {error}")
            raise
        self._tell(f"{host.name}: the hub answers after {time.monotonic() - began:.0f} s")

    def _end(self, instance_id: str) -> None:
        self._tell(f"{instance_id}: terminated, its host ends")
        host = self.hosts.pop(instance_id)
        self._asleep.discard(instance_id)
        self._metadata.remove(self._known[instance_id])
        boot = self._boots.pop(instance_id)
        host.kill()
        if not boot.cancel():
            # It may have been about to launch: end that too.
            wait([boot], timeout=30)
            host.kill()
        host.erase()
