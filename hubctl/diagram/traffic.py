"""The arrows of traffic: who may open connections to whom, by the rules of the security groups."""

from collections.abc import Iterator, Mapping, Sequence

from hubctl.diagram.configuration import Configuration
from hubctl.diagram.firewall import Opening, Service, label, openings
from hubctl.diagram.machines import Place
from hubctl.diagram.model import Arrow, Node

ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
# Who is behind a network that a variable names
PEOPLE = {"deployer_ip": "Operators"}
Pairs = dict[tuple[str, str], list[Service]]


class Traffic:
    """Arrows, the people outside at their ends, and notes on what is only open on a condition."""

    def __init__(self, configuration: Configuration, places: Sequence[Place]) -> None:
        self._configuration = configuration
        self._places = places
        self._ranges = {str(vpc.values.get("cidr_block")) for vpc in configuration.all("aws_vpc")}
        self.people: dict[str, Node] = {}
        self.notes: list[str] = []
        # What the instances of one group say to each other is a note: arrows among them would hide the others
        self._among: dict[str, list[Service]] = {}
        pairs: Pairs = {}
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

    def _follow(self, opening: Opening, pairs: Pairs) -> None:
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
            node = Node(name="users", icon="general.Users", lines=("Users", "anywhere"), cluster=None)
        else:
            node = Node(name=network, icon="general.User", lines=(_who(network),), cluster=None)
        self.people[node.name] = node
        return node.name

    def _note(self, opening: Opening, targets: Sequence[Place], start: str) -> str:
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


def _reached(source: Place, targets: Sequence[Place]) -> list[Place]:
    """Return whom a place opens connections to: others, and of those that stay in their zone the one in its own."""
    others = [target for target in targets if target is not source]
    near = [target for target in others if target.stays and target.node.cluster == source.node.cluster]
    far = [target for target in others if not target.stays]
    return far + (near or [target for target in others if target.stays])


def _merged(
    pairs: Pairs, names: Mapping[int, str], redirected: Mapping[str, Sequence[int]]
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
