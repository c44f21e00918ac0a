"""A destroy from beginning to end: look, ask, save the state, let go of what is kept, destroy, tidy up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hubctl.core.errors import HubctlError
from hubctl.core.temporary import private_folder
from hubctl.core.terraform.driver import OnLine, Terraform
from hubctl.core.terraform.stored_state import managed_resources
from hubctl.destroy.emptied_vaults import empty_vault
from hubctl.destroy.holdings import (
    CHEF_HUB_PARAMETERS,
    OPERATOR_PARAMETERS,
    Client,
    DestroyDecision,
    Holding,
    decide,
    delete_parameters,
    holdings,
    parameters_below,
    rollout_prefixes,
)
from hubctl.destroy.private_copy import private_copy, save_state, write_imports

Say = Callable[[str], None]
Agree = Callable[["DestroyProspect"], bool]


@dataclass(frozen=True, kw_only=True)
class DestroyRequest:
    """``saved`` is the folder for copies of the state, ``adoption`` the one of the adoption files."""

    stack: str
    delete_homes: bool
    delete_backups: bool
    saved: Path
    adoption: Path


@dataclass(frozen=True, kw_only=True)
class DestroyProspect:
    """What is about to happen: what is kept, what is lost with its data, and how many resources go."""

    decision: DestroyDecision
    resources: int


@dataclass(frozen=True, kw_only=True)
class Destroyed:
    """What has happened. ``imports`` is the adoption file that brings back what was kept; None when there is none."""

    kept: tuple[Holding, ...]
    saved_state: Path
    imports: Path | None
    parameters_kept: tuple[str, ...]


def destroy(
    request: DestroyRequest,
    terraform: Terraform,
    client: Client,
    *,
    agree: Agree,
    say: Say,
    on_line: OnLine | None = None,
) -> Destroyed | None:
    """Destroy the stack in ``terraform``'s folder, which is initialized; None when it is empty or ``agree`` says no.

    The folder stays as it is: what lets Terraform do this is in a private copy of it.
    Raises HubctlError. Until the state is saved nothing was changed; from then on the error says what was.
    """
    state = terraform.stored_state()
    if not managed_resources(state):
        return None
    decision = decide(
        holdings(state, client), delete_homes=request.delete_homes, delete_backups=request.delete_backups
    )
    with private_copy(terraform, request.saved, say) as copy:
        say("planning: what would go")
        planned = _deletions(copy)
        prospect = DestroyProspect(decision=decision, resources=len(planned) - len(decision.kept))
        if not agree(prospect):
            return None
        saved = save_state(terraform.pull_state(), request.saved, request.stack, datetime.now(UTC))
        say(f"saved the state as {saved}")
        imports = write_imports(request.adoption, request.stack, decision.kept, planned)
        try:
            _carry_out(terraform, copy, decision, client, say, on_line)
            parameters_kept = _tidy(request.stack, state, client, say)
        except BaseException as error:
            _tell_where_it_stands(terraform, saved, decision, say)
            if isinstance(error, HubctlError):
                raise HubctlError(
                    error.message,
                    remedy=f"{error.remedy} Then run the same command again: it goes on from here.",
                ) from error
            raise
    return Destroyed(
        kept=decision.kept, saved_state=saved, imports=imports, parameters_kept=tuple(parameters_kept)
    )


def _deletions(terraform: Terraform, out: Path | None = None) -> set[str]:
    changes = terraform.plan(destroy=True, out=out).changes
    return {change.address for change in changes if change.mode == "managed" and change.action == "delete"}


def _carry_out(
    terraform: Terraform,
    copy: Terraform,
    decision: DestroyDecision,
    client: Client,
    say: Say,
    on_line: OnLine | None,
) -> None:
    kept = [holding.address for holding in decision.kept]
    if kept:
        terraform.forget(kept)
        say(f"Terraform lets go of {', '.join(kept)}")
    for vault in decision.vaults_to_empty:
        empty_vault(vault, client, say)
    with private_folder("destroy") as folder:
        plan = folder / "plan"
        going = _deletions(copy, plan)
        # What was just let go of cannot be in it. Should it be, nothing at all is to be destroyed.
        if going & set(kept):
            raise HubctlError(
                f"Terraform would still delete {', '.join(sorted(going & set(kept)))}",
                remedy="`terraform state list` shows who manages it.",
            )
        say(f"destroying {len(going)} resources")
        if going:
            copy.apply(plan, on_line=on_line)


def _tidy(stack: str, state: Mapping[str, Any], client: Client, say: Say) -> list[str]:
    """Delete what nodes have left behind; return the names of the operators' own parameters, which stay."""
    if stack != "chef-hub":
        _tidy_lab(state, client, say)
        return []
    found = parameters_below(client, CHEF_HUB_PARAMETERS)
    kept = [name for name in found if name.startswith(OPERATOR_PARAMETERS)]
    left = [name for name in found if not name.startswith(OPERATOR_PARAMETERS)]
    if left:
        delete_parameters(client, left)
        say(f"deleted {len(left)} parameters that nodes left below {CHEF_HUB_PARAMETERS}")
    return kept


def _tidy_lab(state: Mapping[str, Any], client: Client, say: Say) -> None:
    """Delete what rollouts have left; the login's secrets and a maintenance are the operators' own."""
    for name in rollout_prefixes(state):
        left = [
            found for found in parameters_below(client, name) if found == name or found.startswith(f"{name}/")
        ]
        if left:
            delete_parameters(client, left)
            say(f"deleted {len(left)} parameters that a rollout left at {name}")


def _tell_where_it_stands(terraform: Terraform, saved: Path, decision: DestroyDecision, say: Say) -> None:
    say("")
    try:
        there = {resource["address"] for resource in managed_resources(terraform.stored_state())}
    except HubctlError as error:
        say(f"stopped half-way, and the state cannot be read: {error.message}")
    else:
        say(f"stopped half-way: {len(there)} resources are still in the state")
        for holding in decision.kept:
            managed = "still managed by Terraform" if holding.address in there else "let go of"
            say(f"  {holding.kind} {holding.id}: kept, {managed}")
    say(f"  the state as it was before: {saved}")
