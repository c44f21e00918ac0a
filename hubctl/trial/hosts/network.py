"""The network between the hosts of a trial: a bridge of this machine, and a network namespace for each host."""

import ipaddress
from dataclasses import dataclass

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.machine import run_command

MAX_HOSTS = 200


@dataclass(frozen=True, kw_only=True)
class HostNetwork:
    """A bridge and what is plugged into it; two trials on one machine differ in all of it.

    ``device`` begins the names of the hosts' interfaces, which with a host's number may have 15 letters at most.
    """

    bridge: str
    namespace_prefix: str
    device: str
    range: ipaddress.IPv4Network
    gateway: str

    @property
    def _forward(self) -> tuple[str, ...]:
        return ("FORWARD", "-i", self.bridge, "-o", self.bridge,
                "-m", "comment", "--comment", self.bridge, "-j", "ACCEPT")  # fmt: skip

    def create(self) -> None:
        """Create the bridge, with the machine itself at its gateway address."""
        run_command("ip", "link", "add", self.bridge, "type", "bridge")
        run_command("ip", "address", "add", f"{self.gateway}/{self.range.prefixlen}", "dev", self.bridge)
        run_command("ip", "link", "set", self.bridge, "up")
        # Where bridged packets pass the machine's packet filter, let those between the hosts through.
        run_command("iptables", "-w", "10", "-I", *self._forward)

    def delete(self) -> None:
        """Delete the bridge, where it exists."""
        run_command("iptables", "-w", "10", "-D", *self._forward, check=False)
        run_command("ip", "link", "delete", self.bridge, check=False)

    def exists(self) -> bool:
        """Return whether the bridge is there, so that a trial runs or was left behind."""
        return bool(run_command("ip", "-brief", "link", "show", "dev", self.bridge, check=False))

    def namespace(self, name: str) -> str:
        """Return the name of a host's network namespace, which no other host of the machine has."""
        return self.namespace_prefix + name

    def create_namespace(self, name: str, address: str, number: int) -> None:
        """Create a host's network namespace with one interface, ``eth0``, plugged into the bridge."""
        namespace, outside, inside = (
            self.namespace(name),
            f"{self.device}{number}",
            f"{self.device}i{number}",
        )
        run_command("ip", "netns", "add", namespace)
        run_command("ip", "link", "add", outside, "type", "veth", "peer", "name", inside)
        run_command("ip", "link", "set", outside, "master", self.bridge, "up")
        run_command("ip", "link", "set", inside, "netns", namespace, "name", "eth0")
        run_command(
            "ip", "-n", namespace, "address", "add", f"{address}/{self.range.prefixlen}", "dev", "eth0"
        )
        run_command("ip", "-n", namespace, "link", "set", "eth0", "up")
        run_command("ip", "-n", namespace, "route", "add", "default", "via", self.gateway)

    def address(self, number: int) -> str:
        """Return the address of the host ``number``, counted from 1."""
        if number > MAX_HOSTS:
            raise HubctlError(
                f"host {number} is one too many", remedy="Take the cluster down and start anew."
            )
        return str(self.range[10 + number])

    def delete_namespace(self, name: str) -> None:
        """Delete a host's namespace with its interface, where it exists."""
        run_command("ip", "netns", "delete", self.namespace(name), check=False)
