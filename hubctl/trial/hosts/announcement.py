"""What a user of a trial has to know: how to open it, log in, stop it and remove it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hubctl.core.command_line import as_root, typed
from hubctl.core.console import Writer

PASSWORD_BYTES = 12  # enough for a trial that only this machine can reach


def new_password() -> str:
    """Return a password of the test login, which is chosen anew at each start."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


@dataclass(frozen=True, kw_only=True)
class RunningTrial:
    """A trial that is up.

    Attributes:
        name: What it is called in a sentence.
        command: The group of commands that runs it.
        url: Address of the login page.
        hostname: Name in that address, which no name server knows.
        address: IP address to which that name has to lead.
        password: The test login's, for every user.
        administrators: Names of the users who may administer it.
        certificate: File with the certificate, in PEM.
        kept: Folders that stay when it is stopped.

    """

    name: str
    command: str
    url: str
    hostname: str
    address: str
    password: str
    administrators: Sequence[str]
    certificate: Path
    kept: Sequence[Path]


def announce(trial: RunningTrial, writer: Writer) -> None:
    """Print it, with every command on a line to paste."""
    writer.say(trial.url, label=f"The {trial.name}:     ")
    if trial.administrators:
        who = f"{' or '.join(trial.administrators)} (administrator), or any other name, such as ada (ordinary user)"
    else:
        who = "any name, such as ada; this one has no administrator"
    writer.say(who, label="Log in as:   ")
    writer.say(
        f"{trial.password} for every user; it is the test login's, and a new one at every start",
        label="Password:    ",
    )
    writer.say()
    writer.say(f"No name server knows {trial.hostname}. For a browser on this machine, once:")
    writer.paste(f"echo '{trial.address} {trial.hostname}' | {as_root()}tee -a /etc/hosts", indent=2)
    writer.say(
        "Its certificate is self-signed, so the browser warns: accept it (Advanced, Proceed), or import "
        f"{trial.certificate} as an authority. For a look without a browser:"
    )
    resolve = f"{trial.hostname}:443:{trial.address}"
    writer.paste(f"curl --cacert {trial.certificate} --resolve {resolve} {trial.url}", indent=2)
    writer.say("Stop it; users' files and the image stay:")
    writer.paste(typed(f"{trial.command} down", root=True), indent=2)
    writer.say("Remove what stays, once it is stopped, and take the line out of /etc/hosts:")
    writer.paste(f"{as_root()}rm -r {' '.join(map(str, trial.kept))}", indent=2)
