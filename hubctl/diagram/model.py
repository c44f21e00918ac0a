"""What a picture shows, and what it is made from: nodes in clusters with arrows, and the resources of a stack.

The resources are those of the Terraform JSON, with values filled in and references found.
"""

import hashlib
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hubctl.core.configuration.stack import Evaluation

_REFERENCE = re.compile(r"\b(aws_\w+)\.([\w-]+)")
_SUBNET = re.compile(r"\$?\{?cidrsubnet\(([^,]+), (\d+), (\d+)\)\}?")
_CONDITION = re.compile(r"length\(var\.([\w-]+)\)")


@dataclass(frozen=True, kw_only=True)
class PictureNode:
    """Something with an icon.

    ``name`` is the Terraform address it stands for, or the place outside AWS; ``icon`` a class below
    ``diagrams.aws``, such as ``network.ElbApplicationLoadBalancer``; ``lines`` its label; ``cluster`` the name of
    the cluster it lies in, None outside all of them.
    """

    name: str
    icon: str
    lines: tuple[str, ...]
    cluster: str | None


@dataclass(frozen=True, kw_only=True)
class PictureCluster:
    """A frame with the ``lines`` of its title: ``kind`` is region, vpc, subnet or services."""

    name: str
    kind: str
    lines: tuple[str, ...]
    parent: str | None


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """Traffic from one node to another.

    ``quiet`` is for what is not traffic of users, such as scaling and names; ``supports`` for what stands behind its
    target in the picture, as a certificate does.
    """

    source: str
    target: str
    lines: tuple[str, ...]
    both_ways: bool = False
    quiet: bool = False
    supports: bool = False


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """One picture. ``notes`` stand below it."""

    title: str
    nodes: tuple[PictureNode, ...]
    clusters: tuple[PictureCluster, ...]
    arrows: tuple[Arrow, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> Mapping[str, Any]:
        """Return the model as plain data, the same for the same stack."""
        return asdict(self)

    def digest(self) -> str:
        """Return a SHA-256 of the model: equal exactly when the pictures show the same."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource: its type, its name, its arguments as written, and with values where they are known."""

    kind: str
    name: str
    raw: Mapping[str, Any]
    values: Mapping[str, Any]

    @property
    def address(self) -> str:
        """Its Terraform address."""
        return f"{self.kind}.{self.name}"

    def refers(self, *arguments: str) -> list[str]:
        """Return the addresses that some arguments refer to (all of them when none is named), each once."""
        chosen = [self.raw.get(name) for name in arguments] if arguments else [self.raw]
        return addresses_in(chosen)


def addresses_in(value: Any) -> list[str]:
    """Return the resources' addresses that a value refers to, in order, each once."""
    return list(dict.fromkeys(".".join(match) for match in _REFERENCE.findall(json.dumps(value))))


class Configuration:
    """One stack's Terraform JSON. Variables without a value appear as ``{name}``.

    Args:
        content: The Terraform JSON.
        variables: Values over the variables' defaults.

    """

    def __init__(self, content: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        declared = content.get("variable", {})
        blanks = {name: f"{{{name}}}" for name, given in declared.items() if given.get("default") is None}
        self._evaluation = Evaluation(content, blanks | dict(variables))
        self.resources = {
            f"{kind}.{name}": Resource(kind=kind, name=name, raw=raw, values=self._evaluation.value(raw))
            for kind, named in sorted(content.get("resource", {}).items())
            for name, raw in sorted(named.items())
        }
        self.zones = {
            f"data.aws_route53_zone.{name}": self.value(raw.get("name", name))
            for name, raw in content.get("data", {}).get("aws_route53_zone", {}).items()
        }

        providers = content.get("provider", {}).get("aws") or [{}]
        self.region = str(self.value(providers[0].get("region") or ""))

    def value(self, raw: Any) -> Any:
        """Return an expression's value, as far as it is known."""
        return self._evaluation.value(raw)

    def all(self, *kinds: str) -> Iterator[Resource]:
        """Yield the resources of some types that the stack makes with these variables, by address."""
        for resource in self.resources.values():
            if resource.kind in kinds and self.makes(resource):
                yield resource

    def condition(self, resource: Resource) -> str | None:
        """Return the variable whose emptiness decides whether the resource is made, None when it always is."""
        found = _CONDITION.search(str(resource.raw.get("count", "")))
        return found[1] if found else None

    def makes(self, resource: Resource) -> bool:
        """Tell whether there is such a resource with these variables; a count that is not understood says yes."""
        return resource.values.get("count") != 0

    def network(self, raw: Any) -> str:
        """Return an IPv4 range; ``cidrsubnet`` is worked out where its range is known, else nothing is said."""
        text = str(raw)
        if found := _SUBNET.fullmatch(text):
            try:
                whole = ipaddress.ip_network(str(self.value(f"${{{found[1]}}}")))
                bits, number = int(found[2]), int(found[3])
                size = whole.num_addresses >> bits
                return f"{whole.network_address + number * size}/{whole.prefixlen + bits}"
            except ValueError:
                return ""
        value = str(self.value(raw))
        return "" if "(" in value else value
