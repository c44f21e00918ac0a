"""What speaks for a pair of resources, and against it: relations to neighbours, traits, names.

A relation that must hold and does not makes a pair impossible. Only what holds proves a pair; being the only one left
does not.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from hubctl.adopt.inference.clues import InstanceInputs
from hubctl.adopt.matching.candidates import Candidate, Planned
from hubctl.adopt.matching.relations import (
    Relations,
    canonical,
    may_differ,
    needed,
    proves_source,
    related,
)
from hubctl.adopt.matching.traits import (
    NAMED_TO_INSTANCES,
    SPEAKING,
    STANDS_OUT,
    agreement,
    points_at_balancer,
    speaking_name,
    validates,
    vetoes,
    words,
)
from hubctl.adopt.state.existing import Existing
from hubctl.adopt.state.references import Edge, existing_edges, our_edges

REFERENCE = 4.0  # a reference that agrees; one that contradicts costs as much
SHARED = 1.0  # the security group of a file system may be that of everything: the balancer's first of all
READ_OFF = 5.0  # the settings were read off it
ONLY_ONE = (
    3.0  # there is one of the type on both sides: it decides what is looked at first, and proves nothing
)
SAME_ADDRESS = 2.0
BALANCED = 1.0  # a balancer is in the subnet: it is a public one, others need not be
INTERNAL = 2.0  # a balancer that the internet does not reach is not the first choice
# What refers to the first of these only waits for it, and gets its name from the second.
_STANDS_FOR = frozenset(
    {("aws_acm_certificate_validation", "aws_acm_certificate"), ("aws_s3_bucket_policy", "aws_s3_bucket")}
)
# A node has several security groups: which is which, its rules tell.
_BY_MANY = frozenset({("aws_instance", "aws_security_group")})
_AWS_POLICY = re.compile(r":iam::aws:policy/[\w+=,.@/-]+")
_ATTRIBUTE = re.compile(r"^\$\{(aws_\w+\.[\w-]+)\.(\w+)\}$")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one relation says about a pair: whether it holds, and whether it proves the pair or rules it out."""

    holds: bool
    neighbour: str
    reason: str = ""
    proves: bool = False
    must: bool = False
    worth: float = REFERENCE


class Evidence:
    """Weighs pairs.

    Args:
        ours: Our resources by address.
        existing: The existing ones by address.
        given: Existing addresses by ours, as far as they are paired; what it proves about neighbours counts.
        likely: Existing addresses by ours, of what the settings were read off.
        background: What takes no part, but may connect others.

    """

    def __init__(
        self,
        ours: Mapping[str, Planned],
        existing: Mapping[str, Existing],
        given: Mapping[str, str],
        likely: Mapping[str, str] | None = None,
        background: Collection[Existing] = (),
    ) -> None:
        self._ours = ours
        self._existing = existing
        self._given = given
        self._likely = likely or {}
        self._relations = Relations(existing.values(), background)
        self._instance_inputs = InstanceInputs([*existing.values(), *background])
        self._out: dict[str, list[Edge]] = {}
        self._into: dict[str, list[Edge]] = {}
        for edge in _our_relations(ours):
            self._out.setdefault(edge.source, []).append(edge)
            self._into.setdefault(edge.target, []).append(edge)
        self._links: dict[tuple[str, str], set[str]] = {}
        self._targets: dict[tuple[str, str], set[str]] = {}
        self._balanced: set[str] = set()
        self._weighed: dict[tuple[str, str, bool], tuple[tuple[str | None, ...], Candidate | None]] = {}
        self._around: dict[str, tuple[str, ...]] = {}
        for edge in existing_edges(list(existing.values())):
            if canonical(existing[edge.source]) == "aws_lb":
                self._balanced.add(edge.target)
            self._links.setdefault((edge.source, edge.target), set()).add(edge.argument)
            self._targets.setdefault((edge.source, canonical(existing[edge.target])), set()).add(edge.target)

    def weigh(self, planned: Planned, resource: Existing, *, alone: bool = False) -> Candidate | None:
        """Return the evidence for a pair, or None when something speaks decisively against it, or nothing for it."""
        if (
            planned.type in NAMED_TO_INSTANCES or planned.type == "aws_efs_mount_target"
        ):  # these look farther than neighbours
            return self._weigh(planned, resource, alone=alone)
        given = tuple(self._given.get(neighbour) for neighbour in self._neighbours(planned.address))
        key = (planned.address, resource.address, alone)
        known = self._weighed.get(key)
        if known is None or known[0] != given:
            known = self._weighed[key] = (given, self._weigh(planned, resource, alone=alone))
        return known[1]

    def _neighbours(self, address: str) -> tuple[str, ...]:
        """Return ours that decide what a pair is worth: what it refers to, what refers to it, or to the same."""
        if address not in self._around:
            targets = {edge.target for edge in self._out.get(address, ())}
            sources = {edge.source for target in {address, *targets} for edge in self._into.get(target, ())}
            self._around[address] = tuple(sorted(targets | sources))
        return self._around[address]

    def _weigh(self, planned: Planned, resource: Existing, *, alone: bool) -> Candidate | None:
        if not self._fits(planned, resource):
            return None
        found = list(self._findings(planned, resource))
        if any(finding.must and not finding.holds for finding in found):
            return None
        score, reasons = agreement(planned.values, resource.values)
        proofs = [finding.reason for finding in found if finding.holds and finding.proves]
        proofs += self._named(planned, resource)
        score += sum(finding.worth if finding.holds else -finding.worth for finding in found)
        reasons = [*proofs, *(f.reason for f in found if f.holds and not f.proves), *reasons]
        if planned.type == "aws_subnet" and resource.address in self._balanced:
            score += BALANCED
            reasons.append("a load balancer is in it")
        if planned.type == "aws_lb" and resource.values.get("internal") is True:
            score -= INTERNAL
        if self._likely.get(planned.address) == resource.address:
            score += READ_OFF
        if resource.address == planned.address:
            score += SAME_ADDRESS
            reasons.append("same address")
        shared = words(planned.name, planned.values) & words(resource.name, resource.values)
        score += min(len(shared), 3) * 0.5
        if score < 0 or (not proofs and planned.type not in STANDS_OUT):
            return None
        reasons = list(dict.fromkeys(reasons))
        if alone:
            score += ONLY_ONE
            reasons.append(f"the only {planned.type} left")
        return Candidate(planned, resource, score, reasons, proven=bool(proofs))

    def possible(self, planned: Planned, resource: Existing) -> bool:
        """Tell whether nothing speaks decisively against a pair, even if nothing speaks for it."""
        if not self._fits(planned, resource):
            return False
        return all(finding.holds or not finding.must for finding in self._findings(planned, resource))

    def is_named_to_instances(self, resource: Existing) -> bool:
        """Tell whether paired roles, templates, instances or parameters name a resource, or where it is mounted."""
        paired = [self._existing[theirs] for theirs in self._given.values()]
        if self._instance_inputs.name(resource, paired):
            return True
        mounted = [
            t for t in paired if t.type == "aws_efs_mount_target" and self._relations.holds(t, resource)
        ]
        parameters = [found for found in paired if found.type == "aws_ssm_parameter"]
        return any(self._relations.holds(parameter, target) for parameter in parameters for target in mounted)

    def could_follow(self, ours: str, resource: Existing, possible: Mapping[str, Collection[str]]) -> bool:
        """Tell whether what a resource must belong to could be ours as well, as far as it is in the state."""
        for edge in self._out.get(ours, ()):
            kinds = (self._ours[ours].type, self._ours[edge.target].type)
            if edge.target in self._given or not related(*kinds) or may_differ(*kinds):
                continue
            named = [
                other.address
                for other in self._existing.values()
                if canonical(other) == kinds[1] and self._relations.holds(resource, other, edge.argument)
            ]
            if named and not set(named) & set(possible.get(edge.target, ())):
                return False
        return True

    def contradicted(self, ours: str) -> list[str]:
        """Return our addresses of the paired neighbours with which a pair cannot be true, its own for itself."""
        planned, resource = self._ours[ours], self._existing[self._given[ours]]
        if not self._fits(planned, resource):
            return [ours]
        return [f.neighbour for f in self._findings(planned, resource) if f.must and not f.holds]

    def held(self, ours: str) -> int:
        """Return how many relations to paired neighbours hold."""
        found = self._findings(self._ours[ours], self._existing[self._given[ours]])
        return sum(finding.holds for finding in found)

    def _fits(self, planned: Planned, resource: Existing) -> bool:
        """Tell whether nothing in the resource itself contradicts."""
        must = vetoes(planned.type, planned.values)
        is_so = vetoes(planned.type, resource.values)
        if any(name in is_so and is_so[name] != value for name, value in must.items()):
            return False
        if planned.type == "aws_iam_role_policy_attachment":
            # Which of the policies of AWS is attached is all that there is to it; the partition is only known to a plan.
            wanted = _AWS_POLICY.search(str(planned.block.get("policy_arn", "")))
            return wanted is None or resource.text("policy_arn").endswith(wanted[0])
        if planned.type == "aws_route53_record":
            targets = {self._ours[edge.target].type for edge in self._out.get(planned.address, ())}
            if ("aws_acm_certificate" in targets) != validates(resource.values):
                return False
            return "aws_lb" not in targets or points_at_balancer(resource.values)
        return True

    def _named(self, planned: Planned, resource: Existing) -> Iterator[str]:
        """Yield what proves a pair without neighbours: a name that only this part of the design has."""
        speaking = speaking_name(planned.type, planned.values, resource.values)
        if speaking is not None:
            yield speaking
        if self._likely.get(planned.address) == resource.address and planned.type in SPEAKING:
            yield "its traits and its neighbours say so"
        if planned.type in NAMED_TO_INSTANCES and self.is_named_to_instances(resource):
            yield "user data, roles or parameters of the instances name it"

    def _findings(self, planned: Planned, resource: Existing) -> Iterator[Finding]:
        for edge in self._out.get(planned.address, ()):
            theirs = self._given.get(edge.target)
            if theirs is None:
                yield from self._agrees_about(edge, resource)
            else:
                reason = f"refers to {edge.target}"
                yield from self._relation(edge, resource, self._existing[theirs], edge.target, reason)
        for edge in self._into.get(planned.address, ()):
            theirs = self._given.get(edge.source)
            if theirs is not None:
                reason = f"{edge.source} refers to it"
                yield from self._relation(edge, self._existing[theirs], resource, edge.source, reason)

    def _relation(
        self, edge: Edge, source: Existing, target: Existing, neighbour: str, reason: str
    ) -> Iterator[Finding]:
        kinds = (self._ours[edge.source].type, self._ours[edge.target].type)
        outward = neighbour == edge.target
        if not related(*kinds):
            yield from self._link(edge, source, target, neighbour, reason)
            return
        holds = self._relations.holds(source, target, edge.argument)
        exact = _ATTRIBUTE.match(str(self._ours[edge.source].block.get(edge.argument, "")))
        if holds and exact and kinds[0] == "aws_ssm_parameter":  # an instance has several addresses
            holds = source.text("value") == target.text(exact[2])
        if holds is None:
            return
        must = not may_differ(*kinds)
        if kinds[1] == "aws_subnet" and kinds[0] == "aws_efs_mount_target" and not holds:
            must = not self._near(source)
        yield Finding(
            holds=holds,
            neighbour=neighbour,
            reason=reason,
            proves=proves_source(*kinds) if outward else kinds not in _BY_MANY,
            must=must,
            worth=SHARED if kinds == ("aws_efs_mount_target", "aws_security_group") else REFERENCE,
        )

    def _link(
        self, edge: Edge, source: Existing, target: Existing, neighbour: str, reason: str
    ) -> Iterator[Finding]:
        """Yield what a reference of which nothing more is known says."""
        if self._links.get((source.address, target.address)):
            yield Finding(holds=True, neighbour=neighbour, reason=reason, proves=True)
        elif self._targets.get((source.address, self._ours[edge.target].type)):
            yield Finding(holds=False, neighbour=neighbour)

    def _agrees_about(self, edge: Edge, resource: Existing) -> Iterator[Finding]:
        """Yield whether a resource names the same neighbour as others do, when that neighbour is not in the state."""
        kinds = (self._ours[edge.source].type, self._ours[edge.target].type)
        if not related(*kinds) or may_differ(*kinds):
            return
        names = self._relations.names(resource, kinds[1], edge.argument)
        if names is not None and not names and needed(*kinds):
            yield Finding(holds=False, neighbour=edge.source, must=True)
        for other in self._into.get(edge.target, ()):
            paired = self._given.get(other.source)
            if paired is None or other.source == edge.source or not names:
                continue
            if may_differ(self._ours[other.source].type, kinds[1]):
                continue
            theirs = self._relations.names(self._existing[paired], kinds[1], other.argument)
            if theirs:
                yield Finding(
                    holds=bool(names & theirs),
                    neighbour=other.source,
                    reason=f"names the same {kinds[1]} as {other.source}",
                    proves=proves_source(*kinds),
                    must=True,
                )

    def _near(self, mount_target: Existing) -> bool:
        """Tell whether a mount target is in a subnet of the paired balancer, instances or group."""
        ours: set[str] = set()
        for theirs in self._given.values():
            other = self._existing[theirs]
            if canonical(other) in ("aws_lb", "aws_autoscaling_group", "aws_instance"):
                ours |= self._relations.names(other, "aws_subnet") or set()
        return bool(ours & (self._relations.names(mount_target, "aws_subnet") or set()))


def _our_relations(ours: Mapping[str, Planned]) -> list[Edge]:
    edges = _through(our_edges({name: planned.block for name, planned in ours.items()}))
    balancers = [name for name, planned in ours.items() if planned.type == "aws_lb"]
    networks = [name for name, planned in ours.items() if planned.type == "aws_vpc"]
    # A balancer lies in a VPC by its subnets; a state says in which.
    return edges + [Edge(source=b, argument="vpc_id", target=n) for b in balancers for n in networks]


def _through(edges: Collection[Edge]) -> list[Edge]:
    """Refer to a certificate or a bucket instead of its validation or its policy: a state shows the ARN or the name."""
    behind = {
        edge.source: edge.target
        for edge in edges
        if (edge.source.partition(".")[0], edge.target.partition(".")[0]) in _STANDS_FOR
    }
    more = [
        Edge(source=edge.source, argument=edge.argument, target=behind[edge.target])
        for edge in edges
        if edge.target in behind
    ]
    return [edge for edge in edges if edge.target not in behind] + more
