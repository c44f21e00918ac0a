"""What a trial cluster is to be like, where it keeps its files, and what one that was ended by force left behind."""

import fcntl
import ipaddress
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubctl.core.command_line import typed
from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.cookbook_files import attribute
from hubctl.trial.hosts.host import Host
from hubctl.trial.hosts.image import IMAGE_CACHE
from hubctl.trial.hosts.network import HostNetwork
from hubctl.trial.hosts.shared_files import release

# Not below /etc, /var or /usr/local: hosts lay their own disks over these.
STATE = Path("/srv/hubctl-local-swarm")
HOSTNAME = "notebooks.hub.test"
OVERLAY_NETWORK = "chef-hub"
ADMINISTRATORS = ("admin",)
# TEST-NET-2 of RFC 5737 is routed nowhere, so it clashes with no other network.
_RANGE = ipaddress.IPv4Network("198.51.100.0/24")
SWARM_HOSTS = HostNetwork(
    bridge="hubswarm0", namespace_prefix="hubswarm-", device="hs", range=_RANGE, gateway=str(_RANGE[1])
)


@dataclass(frozen=True, kw_only=True)
class LocalSwarmSettings:
    """Sizes as the hub counts them: memory of a server in GiB (its limit, not what it takes), users at once.

    Two clusters at once on one machine differ in ``state`` and ``network``.

    Every host shows the whole memory of this machine, so ``user_memory_gib`` decides how many fit on a worker. ``speed`` is how
    many times as fast as AWS the group's time runs; what the nodes and the hub wait for is not accelerated.
    """

    state: Path = STATE
    cache: Path = IMAGE_CACHE
    network: HostNetwork = SWARM_HOSTS
    # The size of a separate file system for the shared files; None puts them into a folder that stays.
    shared_mib: int | None = None
    speed: float = 1.0
    workers: int = 2
    max_workers: int = 3
    # Workers that wait in a warm pool, as the stack's worker_warm_pool_size
    pool: int = 0
    max_users: int = 50
    max_cluster_memory_gib: int = 1000
    max_disk_percent: int = 95
    user_memory_gib: float = 0.5
    user_cpus: float = 1.0
    user_disk_gib: float = 1.0
    idle_timeout_minutes: int = 60
    start_timeout_seconds: int = 300
    growth_timeout_seconds: int = 600
    spare_places: int = 0
    # A browser on this machine finds names in a hosts file only, where a wildcard cannot stand.
    user_domains: str = "off"

    @property
    def shared(self) -> Path:
        """What stands in for EFS: mounted by every host."""
        return self.state / "shared"


@contextmanager
def reserve_cluster(state: Path) -> Iterator[None]:
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


def clear_cluster_leftovers(state: Path, network: HostNetwork) -> None:
    """Stop hosts that an earlier cluster left running, and delete their network, disks and leader's backups."""
    hosts = state / "hosts"
    for number, disk in enumerate(sorted(hosts.iterdir()) if hosts.is_dir() else [], start=1):
        host = Host(name=disk.name, number=number, disk=disk, shared=state / "shared", network=network)
        host.kill()
        host.erase()
    release(state / "shared")
    # The key of the leader's backups went with the local AWS of that cluster: a later leader could not open them.
    shutil.rmtree(state / "shared" / attribute("hub_backup", "folder_name"), ignore_errors=True)
    if network.exists():
        network.delete()
    shutil.rmtree(hosts, ignore_errors=True)
