"""What a picture shows: nodes in clusters, and arrows between them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Node:
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
class Cluster:
    """A frame with the ``lines`` of its title: ``kind`` is region, vpc, subnet or services."""

    name: str
    kind: str
    lines: tuple[str, ...]
    parent: str | None


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """Traffic from one node to another.

    ``quiet`` is for what is no traffic of users, such as scaling and names; ``supports`` for what stands behind its
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
    nodes: tuple[Node, ...]
    clusters: tuple[Cluster, ...]
    arrows: tuple[Arrow, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> Mapping[str, Any]:
        """Return the model as plain data, the same for the same stack."""
        return asdict(self)

    def digest(self) -> str:
        """Return a SHA-256 of the model: equal exactly when the pictures show the same."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()
