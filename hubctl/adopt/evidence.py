"""What speaks for a pair of resources, and against it: references, traits, names."""

from collections.abc import Mapping

from hubctl.adopt.existing import Existing
from hubctl.adopt.graph import Edge, existing_edges, our_edges
from hubctl.adopt.planned import Planned
from hubctl.adopt.ties import Candidate
from hubctl.adopt.traits import CANONICAL, agreement, vetoes, words

REFERENCE = 4.0  # a reference that agrees; one that contradicts costs as much
ONLY_ONE = 3.0  # there is one of the type on both sides
SAME_ADDRESS = 2.0
BALANCED = 1.0  # a balancer is in the subnet: it is a public one, others need not be


def canonical(resource: Existing) -> str:
    """Return the type of ours that stands for an existing resource's."""
    return CANONICAL.get(resource.type, resource.type)


class Evidence:
    """Weighs pairs.

    Args:
        ours: Our resources by address.
        existing: The existing ones by address.
        given: Existing addresses by ours, as far as they are paired; what it proves about neighbours counts.

    """

    def __init__(
        self, ours: Mapping[str, Planned], existing: Mapping[str, Existing], given: Mapping[str, str]
    ) -> None:
        self._ours = ours
        self._given = given
        self._out: dict[str, list[Edge]] = {}
        self._into: dict[str, list[Edge]] = {}
        for edge in _through_validation(our_edges({name: planned.block for name, planned in ours.items()})):
            self._out.setdefault(edge.source, []).append(edge)
            self._into.setdefault(edge.target, []).append(edge)
        self._links: dict[tuple[str, str], set[str]] = {}
        self._targets: dict[tuple[str, str], set[str]] = {}
        self._balanced: set[str] = set()
        for edge in existing_edges(list(existing.values())):
            if canonical(existing[edge.source]) == "aws_lb":
                self._balanced.add(edge.target)
            self._links.setdefault((edge.source, edge.target), set()).add(edge.argument)
            self._targets.setdefault((edge.source, canonical(existing[edge.target])), set()).add(edge.target)

    def weigh(self, planned: Planned, resource: Existing, *, alone: bool) -> Candidate | None:
        """Return the evidence for a pair, or None when something speaks decisively against it."""
        must = vetoes(planned.type, planned.values)
        is_so = vetoes(planned.type, resource.values)
        if any(name in is_so and is_so[name] != value for name, value in must.items()):
            return None
        score, reasons = agreement(planned.values, resource.values)
        if alone:
            score += ONLY_ONE
            reasons.insert(0, f"the only {planned.type} left")
        if planned.type == "aws_subnet" and resource.address in self._balanced:
            score += BALANCED
            reasons.append("a load balancer is in it")
        if resource.address == planned.address:
            score += SAME_ADDRESS
            reasons.append("same address")
        shared = words(planned.name, planned.values) & words(resource.name, resource.values)
        score += min(len(shared), 3) * 0.5
        weight, found = self._references(planned, resource)
        if score + weight < 0:
            return None
        return Candidate(planned, resource, score + weight, [*found, *reasons])

    def _references(self, planned: Planned, resource: Existing) -> tuple[float, list[str]]:
        score = 0.0
        reasons = []
        for edge in self._out.get(planned.address, ()):
            target = self._given.get(edge.target)
            if target is None:
                continue
            arguments = self._links.get((resource.address, target))
            if arguments:
                score += REFERENCE if edge.argument in arguments else REFERENCE / 2
                reasons.append(f"refers to {edge.target}")
            elif self._targets.get((resource.address, self._ours[edge.target].type)):
                score -= REFERENCE
        for edge in self._into.get(planned.address, ()):
            source = self._given.get(edge.source)
            if source is None:
                continue
            arguments = self._links.get((source, resource.address))
            if arguments:
                score += REFERENCE if edge.argument in arguments else REFERENCE / 2
                reasons.append(f"{edge.source} refers to it")
            elif self._targets.get((source, planned.type)):
                score -= REFERENCE
        return score, reasons


def _through_validation(edges: list[Edge]) -> list[Edge]:
    """Add references to a certificate for those to its validation: in a state both show as the certificate's ARN."""
    certificate = {
        edge.source: edge.target
        for edge in edges
        if edge.source.startswith("aws_acm_certificate_validation.")
        and edge.target.startswith("aws_acm_certificate.")
    }
    more = [
        Edge(source=edge.source, argument=edge.argument, target=certificate[edge.target])
        for edge in edges
        if edge.target in certificate
    ]
    return [edge for edge in edges if edge.target not in certificate] + more
