"""What a trial cluster is to be like."""

from dataclasses import dataclass
from pathlib import Path

from hubctl.local_swarm.network import SWARM, Wire

# Not below /etc, /var or /usr/local: hosts lay their own disks over these.
STATE = Path("/srv/hubctl-local-swarm")
HOSTNAME = "notebooks.hub.test"
NETWORK = "chef-hub"
# For a cluster that only this machine can reach; chosen anew at each start.
PASSWORD_BYTES = 12
ADMINISTRATORS = ("admin",)


@dataclass(frozen=True, kw_only=True)
class TrialSettings:
    """Sizes as the hub counts them: memory of a server in GiB (its limit, not what it takes), users at once.

    Two clusters at once on one machine differ in ``state`` and ``wire``.

    Every host shows the whole memory of this machine, so ``user_memory_gib`` decides how many fit on a worker.
    """

    state: Path = STATE
    # Where images are kept between runs: those of all clusters of this machine.
    cache: Path = STATE / "cache"
    wire: Wire = SWARM
    # A file system of its own for the shared files, so large; None puts them into a folder that stays.
    shared_mib: int | None = None
    workers: int = 2
    max_workers: int = 3
    max_users: int = 50
    max_cluster_memory_gib: int = 1000
    max_disk_percent: int = 95
    user_memory_gib: float = 0.5
    user_cpus: float = 1.0
    user_disk_gib: float = 1.0
    idle_timeout_minutes: int = 60
    start_timeout_seconds: int = 120
    growth_timeout_seconds: int = 300
    # A browser on this machine finds names in a hosts file only, where a wildcard cannot stand.
    user_domains: str = "off"

    @property
    def shared(self) -> Path:
        """What stands in for EFS: mounted by every host."""
        return self.state / "shared"
