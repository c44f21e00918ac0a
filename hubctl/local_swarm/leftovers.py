"""What a cluster leaves behind that was ended by force: hosts, wires, disks."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubctl.calling import typed
from hubctl.errors import HubctlError
from hubctl.local_swarm.host import Host
from hubctl.local_swarm.network import Wire
from hubctl.local_swarm.shared_files import release


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """Have the trial's addresses and disks to oneself; raise HubctlError when another cluster runs."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HubctlError(
                "a trial cluster runs already, or one is being stopped",
                remedy=f"Stop it first: `{typed('local-swarm down', root=True)}`, or end the tests that use it.",
            ) from error
        yield


def clear_leftovers(state: Path, wire: Wire) -> None:
    """Stop hosts that an earlier cluster left running, and delete their wires and disks."""
    hosts = state / "hosts"
    for number, disk in enumerate(sorted(hosts.iterdir()) if hosts.is_dir() else [], start=1):
        host = Host(name=disk.name, number=number, disk=disk, shared=state / "shared", wire=wire)
        host.kill()
        host.erase()
    release(state / "shared")
    if wire.exists():
        wire.delete()
    shutil.rmtree(hosts, ignore_errors=True)
