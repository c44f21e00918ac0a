"""What an operator reads about a destroy: the question before it, and what was kept after it."""

import click

from hubctl.core.console import Writer, err
from hubctl.core.errors import HubctlError
from hubctl.destroy.holdings import Holding
from hubctl.destroy.run import Destroyed, DestroyProspect


def agreed(prospect: DestroyProspect, stack: str, *, yes: bool) -> bool:
    """Show what is kept and what goes, and ask for the stack's name unless ``yes``; raise HubctlError without a terminal."""
    decision = prospect.decision
    for title, found in (("kept", decision.kept), ("DELETED WITH ITS DATA", decision.lost)):
        for holding in found:
            err.say(f"  {title}: {holding.described}")
    err.say(f"  {prospect.resources} resources of {stack} are destroyed")
    if yes:
        return True
    try:
        return bool(
            click.prompt(f"Type {stack} to destroy it", err=True, default="", show_default=False) == stack
        )
    except click.Abort as error:
        raise HubctlError(
            "nothing was changed: there is no terminal to ask on",
            remedy="Give --yes to destroy without a question.",
        ) from error


def print_destroyed(stack: str, done: Destroyed, console: Writer) -> None:
    """Print where the state of before is, and what was kept, with the commands that delete it for good."""
    console.say(f"{stack} is destroyed. Its state before: {done.saved_state}")
    for holding in done.kept:
        console.say(f"kept: {holding.described}", hang=6)
        console.say("      to delete it for good:")
        console.paste(_forever(holding), indent=8)
    if done.kept:
        console.say(f"The next deployment takes these again: {done.imports} says so.")
    for name in done.parameters_kept:
        console.say(f"kept: parameter {name}, which an operator put there")


def _forever(holding: Holding) -> str:
    commands = {
        "file system": f"aws efs delete-file-system --file-system-id {holding.id}",
        "backup vault": f"aws backup delete-backup-vault --backup-vault-name {holding.id}",
    }
    return commands[holding.kind]
