"""What the security groups let in, whichever of the provider's three forms the rules have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubctl.diagram.configuration import Configuration, Resource, addresses_in

# Names of ports that operators of these stacks know; https://docs.docker.com/engine/swarm/swarm-tutorial/
PORT_NAMES = {22: "SSH", 80: "HTTP", 443: "HTTPS", 2049: "NFS", 2377: "Swarm", 4789: "Swarm", 7946: "Swarm"}
# Protocol numbers of https://www.iana.org/assignments/protocol-numbers
PROTOCOLS = {"6": "tcp", "17": "udp", "50": "ESP", "1": "icmp"}
EVERYTHING = "all ports"


@dataclass(frozen=True, kw_only=True, order=True)
class Service:
    """A protocol and a range of ports; no ports for protocols without them."""

    protocol: str
    first: int | None
    last: int | None

    def name(self) -> str:
        """Return what operators call it: ``Swarm``, ``TCP``."""
        if self.protocol == "ESP":  # the encrypted overlay network
            return "Swarm"
        named = PORT_NAMES.get(self.first or 0) if self.first == self.last else None
        return named or ("" if self.protocol == "-1" else self.protocol.upper())

    def ports(self) -> str:
        """Return its ports: ``443``, ``4789/udp``, ``ESP``, ``all ports``."""
        if self.protocol == "-1":
            return EVERYTHING
        if self.first is None:
            return self.protocol
        text = str(self.first) if self.first == self.last else f"{self.first} to {self.last}"
        return f"{text}/udp" if self.protocol == "udp" else text


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A way into a security group. ``peer`` is a group's address or a network; ``condition`` as of Configuration."""

    group: str
    peer: str
    service: Service
    condition: str | None
    made: bool

    @property
    def everything(self) -> bool:
        """Whether it lets every protocol and port in."""
        return self.service.protocol == "-1"


def openings(configuration: Configuration) -> Iterator[Opening]:
    """Yield every way in of every security group, in order of the rules' addresses."""
    for rule in configuration.resources.values():
        if rule.kind == "aws_vpc_security_group_ingress_rule" or (
            rule.kind == "aws_security_group_rule" and rule.values.get("type") == "ingress"
        ):
            group = rule.refers("security_group_id")
            if group:
                yield from _of_rule(configuration, rule, group[0])
        elif rule.kind == "aws_security_group":
            for inline in rule.raw.get("ingress") or []:
                yield from _inline(configuration, rule, inline)


def _of_rule(configuration: Configuration, rule: Resource, group: str) -> Iterator[Opening]:
    peers = rule.refers("referenced_security_group_id", "source_security_group_id")
    if rule.values.get("self") is True:
        peers.append(group)
    peers += _networks(configuration, rule.raw)
    protocol = rule.values.get("ip_protocol", rule.values.get("protocol"))
    for peer in dict.fromkeys(peers):
        yield Opening(
            group=group,
            peer=peer,
            service=_service(protocol, rule.values),
            condition=configuration.condition(rule),
            made=configuration.makes(rule),
        )


def _inline(configuration: Configuration, group: Resource, inline: Mapping[str, Any]) -> Iterator[Opening]:
    values = configuration.value(inline)
    peers = addresses_in(inline.get("security_groups") or [])
    if values.get("self") is True:
        peers.append(group.address)
    peers += _networks(configuration, inline)
    for peer in dict.fromkeys(peers):
        service = _service(values.get("protocol"), values)
        yield Opening(group=group.address, peer=peer, service=service, condition=None, made=True)


def _networks(configuration: Configuration, raw: Mapping[str, Any]) -> list[str]:
    found = [raw.get("cidr_ipv4"), raw.get("cidr_ipv6")]
    found += raw.get("cidr_blocks") or []
    found += raw.get("ipv6_cidr_blocks") or []
    return [str(configuration.value(network)) for network in found if network]


def _service(protocol: Any, values: Mapping[str, Any]) -> Service:
    name = PROTOCOLS.get(str(protocol), str(protocol))
    if name in {"tcp", "udp"}:
        return Service(protocol=name, first=_port(values, "from_port"), last=_port(values, "to_port"))
    return Service(protocol=name, first=None, last=None)


def _port(values: Mapping[str, Any], argument: str) -> int | None:
    try:
        return int(values[argument])
    except (KeyError, TypeError, ValueError):
        return None


def label(services: list[Service], names: Mapping[int, str]) -> tuple[str, ...]:
    """Return the lines that name services: one a name, ports in order; ``names`` go before the known names."""
    grouped: dict[str, list[Service]] = {}
    for service in sorted(set(services), key=lambda service: (service.first is None, service.first or 0)):
        grouped.setdefault(names.get(service.first or 0, service.name()), []).append(service)
    lines = [f"{name} {', '.join(_ports(members))}".strip() for name, members in grouped.items()]
    # What users come for stands first
    return tuple(sorted(lines, key=lambda line: not line.startswith("HTTPS")))


def _ports(services: list[Service]) -> list[str]:
    """Return the ports of services of one name: ``7946/tcp+udp`` where both protocols use a port."""
    texts = [service.ports() for service in services]
    both = {text for text in texts if f"{text}/udp" in texts}
    shown = [f"{text}/tcp+udp" if text in both else text for text in texts]
    return [text for text in dict.fromkeys(shown) if text.removesuffix("/udp") not in both]
