"""What a Lab on this machine is to be like, and what it needs, all of it checked before anything is started."""

import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.terraform.driver import driver_environment
from hubctl.core.tool_versions import terraform_binary
from hubctl.trial.hosts.machine import need_programs, need_root
from hubctl.trial.hosts.network import HostNetwork

# Not below /etc, /srv, /var or /usr/local: hosts lay their own disks over these.
STATE = Path("/opt/hubctl-local-lab")
ZONE = "lab.test"
DOMAIN = f"hub.{ZONE}"
REGION = "us-east-1"
NAME = "local-lab"  # prefix of the stack's names; the group's is the same
SPEEDS = (1.0, 20.0)  # beyond, an agent's run takes longer than its minute
# The stack's VPC: a range for tests of network devices (RFC 2544), routed nowhere. The hosts have the addresses that the
# local EC2 gives its instances, out of the first sixteenths; the machine itself is at the end.
RANGE = ipaddress.IPv4Network("198.18.0.0/20")
INSTANCE_TYPE = "m6i.xlarge"  # decides how much memory a host shows
LAB_HOSTS = HostNetwork(
    bridge="hublab0", namespace_prefix="hublab-", device="hl", range=RANGE, gateway=str(RANGE[-2])
)
TOOLS = (
    "curl",
    "docker",
    "dockerd",
    "ip",
    "iptables",
    "jq",
    "mkfs.ext4",
    "mmdebstrap",
    "node",
    "npm",
    "nsenter",
    "openssl",
    "unshare",
)


@dataclass(frozen=True, kw_only=True)
class LocalLabSettings:
    """Sizes and thresholds are the stack's settings; ``speed`` is how many times as fast as AWS the group's time runs.

    ``drain_seconds`` is in seconds of AWS, and so are all durations of the stack: on this machine they pass ``speed`` times as
    fast. ``user_memory_gib`` is a limit, not what a server takes.
    """

    state: Path = STATE
    speed: float = 10.0
    min_size: int = 1
    max_size: int = 3
    scale_up_threshold: int = 3
    scale_down_threshold: int = 1
    drain_seconds: int = 300
    user_memory_gib: float = 1.0
    idle_timeout_minutes: int = 60
    pool: int = 0  # instances in a warm pool
    spare_places: int = 0

    def check(self) -> None:
        """Raise BadInputError for a speed at which nothing works; the stack's settings are checked at synth."""
        if not SPEEDS[0] <= self.speed <= SPEEDS[1]:
            raise BadInputError(
                f"a speed of {self.speed:g} is not between {SPEEDS[0]:g} and {SPEEDS[1]:g}",
                remedy="Use 10; at 20 a minute of AWS takes 3 seconds, in which every agent has to run once.",
            )

    @property
    def homes(self) -> Path:
        """What stands in for EFS: mounted by every host."""
        return self.state / "homes"

    @property
    def hosts(self) -> Path:
        """The hosts' disks."""
        return self.state / "hosts"

    @property
    def work(self) -> Path:
        """The synthesized stack with its state, the certificate, the balancer's files; new at every start."""
        return self.state / "work"

    @property
    def certificate(self) -> Path:
        """The balancer's certificate, in PEM."""
        return self.work / "certificate.pem"

    def target_health(self) -> dict[str, dict[str, Any]]:
        """Return what the balancer last wrote of its targets: instance id → ``state``, ``reason``, ``requests``."""
        file = self.work / "targets.json"
        found: dict[str, dict[str, Any]] = (
            json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        )
        return found

    def context(self) -> dict[str, Any]:
        """Return all settings of the app; an operator's count beside them neither in cdktf.json nor in the shell."""
        return {
            "backend": "local",
            "profile": "recommended",
            "domain_name": DOMAIN,
            "hosted_zone": ZONE,
            "region": REGION,
            "instance_type": INSTANCE_TYPE,
            "name": NAME,
            "vpc_cidr": str(RANGE),
            "min_size": self.min_size,
            "max_size": self.max_size,
            "scale_up_threshold": self.scale_up_threshold,
            "scale_down_threshold": self.scale_down_threshold,
            "drain_timeout_seconds": self.drain_seconds,
            "user_memory_gib": self.user_memory_gib,
            "warm_pool": "stopped" if self.pool else "off",
            "warm_pool_size": self.pool,
            "spare_places": self.spare_places,
        }


def check_machine() -> None:
    """Raise BadInputError that names everything that is missing."""
    need_root()
    problems, remedies = [], []
    for check in (lambda: need_programs(TOOLS), terraform_binary, driver_environment):
        try:
            check()
        except HubctlError as error:
            problems.append(error.message)
            remedies.append(error.remedy)
    if problems:
        raise BadInputError("; ".join(dict.fromkeys(problems)), remedy=" ".join(dict.fromkeys(remedies)))
