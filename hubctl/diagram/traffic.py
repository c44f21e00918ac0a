"""The arrows of traffic: who may open connections to whom, by the rules of the security groups.

A rule has one of the provider's three notations: inline, ``aws_security_group_rule``, or one of the newer types.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubctl.diagram.machines import NetworkPlace
from hubctl.diagram.model import Arrow, Configuration, PictureNode, Resource, addresses_in

# Names of ports that operators of these stacks know; https://docs.docker.com/engine/swarm/swarm-tutorial/
PORT_NAMES = {22: "SSH", 80: "HTTP", 443: "HTTPS", 2049: "NFS", 2377: "Swarm", 4789: "Swarm", 7946: "Swarm"}
# Protocol numbers of https://www.iana.org/assignments/protocol-numbers
PROTOCOLS = {"6": "tcp", "17": "udp", "50": "ESP", "1": "icmp"}
EVERYTHING = "all ports"
ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
# Who is behind a network that a variable names
PEOPLE = {"deployer_ip": "Operators"}


@dataclass(frozen=True, kw_only=True, order=True)
class PortRange:
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
class GroupOpening:
    """A way into a security group. ``peer`` is a group's address or a network; ``condition`` as of Configuration."""

    group: str
    peer: str
    service: PortRange
    condition: str | None
    made: bool

    @property
    def everything(self) -> bool:
        """Whether it lets every protocol and port in."""
        return self.service.protocol == "-1"


def openings(configuration: Configuration) -> Iterator[GroupOpening]:
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


def _of_rule(configuration: Configuration, rule: Resource, group: str) -> Iterator[GroupOpening]:
    peers = rule.refers("referenced_security_group_id", "source_security_group_id")
    if rule.values.get("self") is True:
        peers.append(group)
    peers += _networks(configuration, rule.raw)
    protocol = rule.values.get("ip_protocol", rule.values.get("protocol"))
    for peer in dict.fromkeys(peers):
        yield GroupOpening(
            group=group,
            peer=peer,
            service=_service(protocol, rule.values),
            condition=configuration.condition(rule),
            made=configuration.makes(rule),
        )


def _inline(
    configuration: Configuration, group: Resource, inline: Mapping[str, Any]
) -> Iterator[GroupOpening]:
    values = configuration.value(inline)
    peers = addresses_in(inline.get("security_groups") or [])
    if values.get("self") is True:
        peers.append(group.address)
    peers += _networks(configuration, inline)
    for peer in dict.fromkeys(peers):
        service = _service(values.get("protocol"), values)
        yield GroupOpening(group=group.address, peer=peer, service=service, condition=None, made=True)


def _networks(configuration: Configuration, raw: Mapping[str, Any]) -> list[str]:
    found = [raw.get("cidr_ipv4"), raw.get("cidr_ipv6")]
    found += raw.get("cidr_blocks") or []
    found += raw.get("ipv6_cidr_blocks") or []
    return [str(configuration.value(network)) for network in found if network]


def _service(protocol: Any, values: Mapping[str, Any]) -> PortRange:
    name = PROTOCOLS.get(str(protocol), str(protocol))
    if name in {"tcp", "udp"}:
        return PortRange(protocol=name, first=_port(values, "from_port"), last=_port(values, "to_port"))
    return PortRange(protocol=name, first=None, last=None)


def _port(values: Mapping[str, Any], argument: str) -> int | None:
    try:
        return int(values[argument])
    except (KeyError, TypeError, ValueError):
        return None


def label(services: list[PortRange], names: Mapping[int, str]) -> tuple[str, ...]:
    """Return the lines that name services: one a name, ports in order; ``names`` go before the known names."""
    grouped: dict[str, list[PortRange]] = {}
    for service in sorted(set(services), key=lambda service: (service.first is None, service.first or 0)):
        grouped.setdefault(names.get(service.first or 0, service.name()), []).append(service)
    lines = [f"{name} {', '.join(_ports(members))}".strip() for name, members in grouped.items()]
    # What users come for stands first
    return tuple(sorted(lines, key=lambda line: not line.startswith("HTTPS")))


def _ports(services: list[PortRange]) -> list[str]:
    """Return the ports of services of one name: ``7946/tcp+udp`` where both protocols use a port."""
    texts = [service.ports() for service in services]
    both = {text for text in texts if f"{text}/udp" in texts}
    shown = [f"{text}/tcp+udp" if text in both else text for text in texts]
    return [text for text in dict.fromkeys(shown) if text.removesuffix("/udp") not in both]


RangesByPair = dict[tuple[str, str], list[PortRange]]


class Traffic:
    """Arrows, the people outside at their ends, and notes on what is only open on a condition."""

    def __init__(self, configuration: Configuration, places: Sequence[NetworkPlace]) -> None:
        self._configuration = configuration
        self._places = places
        self._ranges = {str(vpc.values.get("cidr_block")) for vpc in configuration.all("aws_vpc")}
        self.people: dict[str, PictureNode] = {}
        self.notes: list[str] = []
        # What the instances of one group say to each other is a note: arrows among them would hide the others
        self._among: dict[str, list[PortRange]] = {}
        pairs: RangesByPair = {}
        found = list(openings(configuration))
        open_to_all = {
            opening.group for opening in found if opening.peer in self._ranges and opening.everything
        }
        for opening in found:
            if opening.group not in open_to_all or not opening.peer.startswith("aws_"):
                self._follow(opening, pairs)
        for name, services in self._among.items():
            self.notes.append(f"Among {name}: {'; '.join(label(services, {}))}")
        self.arrows = tuple(_merged(pairs, self._names(), redirected_ports(configuration)))

    def _follow(self, opening: GroupOpening, pairs: RangesByPair) -> None:
        targets = [place for place in self._places if opening.group in place.groups]
        if not targets:
            return
        if not opening.made:
            self.notes.append(self._note(opening, targets, f"only when {opening.condition} is set: "))
            return
        if opening.peer in self._ranges:
            self.notes.append(self._note(opening, targets, ""))
            return
        if not opening.peer.startswith("aws_"):
            source = self._person(opening.peer)
            for target in targets:
                pairs.setdefault((source, target.node.name), []).append(opening.service)
            return
        for place in self._places:
            if opening.peer in place.groups:
                for target in _reached(place, targets):
                    if place.scaled_by and place.scaled_by == target.scaled_by:
                        self._among.setdefault(place.node.lines[0], []).append(opening.service)
                        continue
                    pairs.setdefault((place.node.name, target.node.name), []).append(opening.service)

    def _person(self, network: str) -> str:
        if network in ANYWHERE:
            node = PictureNode(name="users", icon="general.Users", lines=("Users", "anywhere"), cluster=None)
        else:
            node = PictureNode(name=network, icon="general.User", lines=(_who(network),), cluster=None)
        self.people[node.name] = node
        return node.name

    def _note(self, opening: GroupOpening, targets: Sequence[NetworkPlace], start: str) -> str:
        names = list(dict.fromkeys(place.node.lines[0] for place in targets))
        everybody = len(targets) == len(self._places)
        peer = "the whole VPC" if opening.peer in self._ranges else _who(opening.peer)
        service = " ".join(label([opening.service], {}))
        text = f"{start}{service} from {peer} to {'all' if everybody else ', '.join(names)}"
        return text[0].upper() + text[1:]

    def _names(self) -> Mapping[int, str]:
        """Return names for the ports of the balancer's target groups."""
        names = {}
        for group in self._configuration.all("aws_lb_target_group"):
            port = group.values.get("port")
            if isinstance(port, int):
                names[port] = f"hub, {group.values.get('protocol', 'HTTP')}"
        return names


def redirected_ports(configuration: Configuration) -> Mapping[str, list[int]]:
    """Return the ports that each balancer only redirects from."""
    found: dict[str, list[int]] = {}
    for listener in configuration.all("aws_lb_listener"):
        actions = listener.values.get("default_action") or [{}]
        if actions[0].get("type") == "redirect" and isinstance(listener.values.get("port"), int):
            for balancer in listener.refers("load_balancer_arn"):
                found.setdefault(balancer, []).append(listener.values["port"])
    return found


def _who(network: str) -> str:
    if network in ANYWHERE:
        return "anywhere"
    return next((who for name, who in PEOPLE.items() if network == f"{{{name}}}"), network)


def _reached(source: NetworkPlace, targets: Sequence[NetworkPlace]) -> list[NetworkPlace]:
    """Return whom a place opens connections to: others, and of those that stay in their zone the one in its own."""
    others = [target for target in targets if target is not source]
    near = [target for target in others if target.stays and target.node.cluster == source.node.cluster]
    far = [target for target in others if not target.stays]
    return far + (near or [target for target in others if target.stays])


def _merged(
    pairs: RangesByPair, names: Mapping[int, str], redirected: Mapping[str, Sequence[int]]
) -> Iterator[Arrow]:
    """Yield one arrow a pair of nodes, with both heads where connections are opened from both sides."""
    done: set[frozenset[str]] = set()
    for (source, target), services in pairs.items():
        pair = frozenset((source, target))
        if pair in done:
            continue
        done.add(pair)
        back = pairs.get((target, source), [])
        lines = label([*services, *back], names)
        for port in redirected.get(target, ()):
            lines = tuple(f"{line} (redirected)" if line.endswith(f" {port}") else line for line in lines)
        yield Arrow(source=source, target=target, lines=lines, both_ways=bool(back))
