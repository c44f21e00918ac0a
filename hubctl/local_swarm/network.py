"""The wire between the trial's hosts: a bridge of this machine, and a network namespace for each host."""

import ipaddress

from hubctl.errors import HubctlError
from hubctl.local_swarm.commands import run

BRIDGE = "hubswarm0"
NAMESPACE_PREFIX = "hubswarm-"
# TEST-NET-2 of RFC 5737 is routed nowhere, so it can clash with nobody's network.
RANGE = ipaddress.ip_network("198.51.100.0/24")
GATEWAY = str(RANGE[1])
_FORWARD = ("FORWARD", "-i", BRIDGE, "-o", BRIDGE, "-m", "comment", "--comment", BRIDGE, "-j", "ACCEPT")


def address_of(number: int) -> str:
    """Return the address of host ``number``, counted from 1."""
    return str(RANGE[10 + number])


def create_bridge() -> None:
    """Create the bridge, with the machine itself at its gateway address."""
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    run("ip", "address", "add", f"{GATEWAY}/{RANGE.prefixlen}", "dev", BRIDGE)
    run("ip", "link", "set", BRIDGE, "up")
    # Where bridged packets pass the machine's packet filter, let those between the hosts through.
    run("iptables", "-w", "10", "-I", *_FORWARD)


def delete_bridge() -> None:
    """Delete the bridge; what is not there is no error."""
    run("iptables", "-w", "10", "-D", *_FORWARD, check=False)
    run("ip", "link", "delete", BRIDGE, check=False)


def bridge_exists() -> bool:
    """Return whether the bridge is there, so that a cluster runs or was left behind."""
    return bool(run("ip", "-brief", "link", "show", "dev", BRIDGE, check=False))


def create_namespace(name: str, address: str, number: int) -> None:
    """Create a host's network namespace with one interface, ``eth0``, plugged into the bridge."""
    namespace, outside, inside = NAMESPACE_PREFIX + name, f"hs{number}", f"hsi{number}"
    if number > 200:
        raise HubctlError(f"host {number} is one too many", remedy="Take the cluster down and start anew.")
    run("ip", "netns", "add", namespace)
    run("ip", "link", "add", outside, "type", "veth", "peer", "name", inside)
    run("ip", "link", "set", outside, "master", BRIDGE, "up")
    run("ip", "link", "set", inside, "netns", namespace, "name", "eth0")
    run("ip", "-n", namespace, "address", "add", f"{address}/{RANGE.prefixlen}", "dev", "eth0")
    run("ip", "-n", namespace, "link", "set", "eth0", "up")
    run("ip", "-n", namespace, "route", "add", "default", "via", GATEWAY)


def delete_namespace(name: str) -> None:
    """Delete a host's namespace and its wire; what is not there is no error."""
    run("ip", "netns", "delete", NAMESPACE_PREFIX + name, check=False)
