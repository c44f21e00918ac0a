"""What the operator said about existing resources: those of ``--carry`` and ``--forget`` take part in nothing else."""

from dataclasses import replace

from hubctl.adopt.division import forgotten
from hubctl.adopt.existing import ExistingState
from hubctl.adopt.request import AdoptionRequest


def told_apart(state: ExistingState, request: AdoptionRequest) -> frozenset[str]:
    """Return the addresses of all instances that are carried or forgotten because the operator said so.

    What has nothing in AWS behind it, such as ``time_sleep``, is among them: it is forgotten without asking.
    """
    carried = {found.address for address in request.carry for found in state.within(address)}
    let_go = set(forgotten(state, request))
    return frozenset(
        carried | {found.address for found in state.resources if {found.address, found.resource} & let_go}
    )


def without_told(state: ExistingState, request: AdoptionRequest) -> ExistingState:
    """Return the state as settings and pairs are to be inferred from it: what was told apart is only its background."""
    apart = told_apart(state, request)
    return replace(
        state,
        resources=[found for found in state.resources if found.address not in apart],
        background=[found for found in state.resources if found.address in apart],
    )
