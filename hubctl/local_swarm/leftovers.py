"""What a cluster leaves behind that was ended by force: hosts, wires, disks."""

import shutil
from pathlib import Path

from hubctl.local_swarm.host import Host
from hubctl.local_swarm.network import SWARM
from hubctl.local_swarm.shared_files import release


def clear_leftovers(state: Path) -> None:
    """Stop hosts that an earlier cluster left running, and delete their wires and disks."""
    hosts = state / "hosts"
    for number, disk in enumerate(sorted(hosts.iterdir()) if hosts.is_dir() else [], start=1):
        host = Host(name=disk.name, number=number, disk=disk, shared=state / "shared")
        host.kill()
        host.erase()
    release(state / "shared")
    if SWARM.exists():
        SWARM.delete()
    shutil.rmtree(hosts, ignore_errors=True)
