"""Decides what becomes of what is only in the state, and of what is only in the stack.

What the operator names with ``--carry`` and ``--forget`` is set aside first. An existing resource at one of our addresses must
not stand in the way of one that is moved there.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hubctl.adopt.carrying.selection import carried_addresses, is_addition
from hubctl.adopt.matching.candidates import Matching, duplicates_of
from hubctl.adopt.request import AdoptionRequest
from hubctl.adopt.state.existing import Existing, ExistingState, is_aws
from hubctl.adopt.state.references import References
from hubctl.core.errors import BadInputError

# Parts of a profile that an existing deployment may simply not have, and that nothing else needs.
OPTIONAL = frozenset(
    {
        "aws_default_security_group.unused",
        "aws_efs_file_system_policy.homes",
        "aws_s3_bucket_lifecycle_configuration.access_logs",
        "aws_s3_bucket_ownership_controls.access_logs",
        "aws_s3_bucket_public_access_block.access_logs",
        "aws_s3_bucket_server_side_encryption_configuration.access_logs",
        "aws_s3_bucket_versioning.access_logs",
    }
)
LEFT_OUT = "left out"
UNDECIDED_THERE = "would be destroyed"
# Nothing in AWS stands behind these: letting go of them loses nothing.
HOLLOW = ("time_", "null_resource", "terraform_data", "random_")


@dataclass(frozen=True, kw_only=True)
class Division:
    """What was decided.

    Attributes:
        parts: Parts of the adoption file: moves, imports, what is forgotten and left out.
        carried: Existing resources that the design has not, and that are carried on as they are.
        addresses: Their addresses in the stack, by the existing ones.
        matches: Existing addresses by ours, of the matched and the carried.
        references: What a reference to an existing resource becomes.
        blocked: Ours that are only here, at an address that the state has for something carried on; a plan is made
            without them, as Terraform moves nothing away from an address that the configuration still has.

    """

    parts: dict[str, Any]
    carried: Sequence[Existing]
    addresses: Mapping[str, str]
    matches: Mapping[str, str]
    references: References
    blocked: Sequence[str] = ()

    def fate_there(self, state: ExistingState, address: str) -> str:
        """Say what becomes of a resource that only the state has."""
        if any(resource.address == address for resource in self.carried):
            return "carried on as it is"
        resource = state.at(address)
        names = {address, resource.resource if resource else address}
        return "forgotten, not destroyed" if names & set(self.parts["forget"]) else UNDECIDED_THERE

    def fate_here(self, address: str) -> str:
        """Say what becomes of a resource that only the stack has."""
        if address in self.blocked:
            return "would be created, but its address is taken"
        return LEFT_OUT if address in self.parts["leave_out"] else "would be created"

    def foreign(self, state: ExistingState) -> list[Existing]:
        """Return resources of other providers that are not forgotten; a plan is made without them."""
        return [
            resource
            for resource in state.resources
            if not is_aws(resource.provider)
            and not {resource.address, resource.resource} & set(self.parts["forget"])
        ]


def divide(
    state: ExistingState, request: AdoptionRequest, matching: Matching, group_id: str | None
) -> Division:
    """Decide; ``group_id`` is the security group of the instances, whose further rules are carried on.

    Raises BadInputError when an address of ours is taken by something else.
    """
    let_go = forgotten(state, request)
    matches = {match.ours: match.theirs for match in matching.matches}
    by_address = {resource.address: resource for resource in state.resources}
    left = [by_address[address] for address in by_address if address in matching.only_there]
    duplicates = duplicates_of(left, [by_address[theirs] for theirs in matches.values()])
    named = {found.address for address in request.carry for found in state.within(address)}
    carried = [
        resource
        for resource in left
        if resource not in duplicates
        and not {resource.address, resource.resource} & set(let_go)
        and is_aws(resource.provider)
        and (resource.address in named or is_addition(resource, group_id))
    ]
    addresses = carried_addresses(carried, [*matches, *matching.only_here, *matches.values()])
    converted = {o: t for o, t in matches.items() if by_address[t].type != o.partition(".")[0]}
    moves = _moves(matching, addresses, converted)
    blocked = sorted(
        theirs for theirs, ours in addresses.items() if theirs != ours and theirs in matching.only_here
    )
    left_out = {*request.leave_out, *(OPTIONAL & set(matching.only_here)), *blocked}
    check_free([(move["from"], move["to"]) for move in moves], by_address, set(matching.only_here) - left_out)
    imports = {**{o: by_address[t].text("id") for o, t in converted.items()}, **request.imports}
    converted_there = {by_address[theirs].resource for theirs in converted.values()}
    return Division(
        parts={
            "moves": moves,
            "imports": [{"to": ours, "id": identifier} for ours, identifier in sorted(imports.items())],
            "forget": sorted({*let_go, *converted_there, *(duplicate.address for duplicate in duplicates)}),
            "leave_out": sorted(left_out),
        },
        carried=carried,
        addresses=addresses,
        matches={**matches, **{ours: theirs for theirs, ours in addresses.items()}},
        references=References(state.resources, {t: o for o, t in matches.items()} | addresses),
        blocked=blocked,
    )


def check_free(
    moves: list[tuple[str, str]], existing: Mapping[str, Existing], ours: Collection[str] = ()
) -> None:
    """Raise BadInputError when something else has one of our addresses in the existing state.

    Terraform moves nothing to an address that the state has, and nothing away from one that the configuration
    still has: ``ours`` are those of which the state has no counterpart.
    """
    taken = {
        target: f"{source} becomes {target}, where the state has another {existing[target].type}"
        for source, target in moves
        if target in existing and source != target
    }
    for source, target in moves:
        if source in ours:
            taken.setdefault(source, f"{source} becomes {target}, and a new {source} would be created")
    if taken:
        first = next(iter(taken))
        raise BadInputError(
            "addresses are taken:\n  " + "\n  ".join(taken.values()),
            remedy="Terraform cannot exchange them. Rename the other one in the existing configuration first: "
            f"terraform state mv '{first}' '{first}_old', and its name in the code.",
        )


def forgotten(state: ExistingState, request: AdoptionRequest) -> list[str]:
    """Return what is let go of undestroyed: what was named, and what nothing in AWS stands behind.

    Raises BadInputError when a named address is not in the state.
    """
    strange = [address for address in (*request.forget, *request.carry) if not state.within(address)]
    if strange:
        raise BadInputError(
            f"the state has no {', '.join(strange)}",
            remedy="`terraform state list` names what it holds.",
        )
    named = {found.address for address in request.forget for found in state.within(address)}
    hollow = {resource.address for resource in state.resources if resource.type.startswith(HOLLOW)}
    kept = {found.address for address in request.carry for found in state.within(address)}
    return sorted(whole_resources(named | hollow - kept, state.resources))


def whole_resources(addresses: Collection[str], resources: Iterable[Existing]) -> set[str]:
    """Return addresses of instances as those of whole resources, wherever none of the other instances is left."""
    left = {resource.resource for resource in resources if resource.address not in addresses}
    return {
        resource.address if resource.resource in left else resource.resource
        for resource in resources
        if resource.address in addresses
    }


def _moves(
    matching: Matching, addresses: Mapping[str, str], converted: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return the moves of matched and carried resources; those of another type are imported instead."""
    moves = [
        {"from": match.theirs, "to": match.ours, "certainty": match.certainty}
        for match in matching.matches
        if match.theirs != match.ours and match.ours not in converted
    ]
    return moves + [
        {"from": theirs, "to": ours, "certainty": "certain"}
        for theirs, ours in addresses.items()
        if theirs != ours
    ]


def addresses_set_aside(state: ExistingState, request: AdoptionRequest) -> frozenset[str]:
    """Return the addresses of all instances that the operator wants carried or forgotten: they take part in nothing else.

    What has nothing in AWS behind it, such as ``time_sleep``, is among them: it is forgotten without asking.
    """
    carried = {found.address for address in request.carry for found in state.within(address)}
    let_go = set(forgotten(state, request))
    return frozenset(
        carried | {found.address for found in state.resources if {found.address, found.resource} & let_go}
    )


def without_set_aside(state: ExistingState, request: AdoptionRequest) -> ExistingState:
    """Return the state as settings and pairs are to be inferred from it: what is set aside is only its background."""
    aside = addresses_set_aside(state, request)
    return replace(
        state,
        resources=[found for found in state.resources if found.address not in aside],
        background=[found for found in state.resources if found.address in aside],
    )
