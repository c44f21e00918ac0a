"""Run a command of the machine, bounded in time, its failure told with its own words."""

import subprocess

from hubctl.errors import HubctlError
from hubctl.trial_machine import INSTALL

SECONDS = 60.0
# Before a command: it ends with the thread that starts it, also when that is killed.
BOUND = ("setpriv", "--pdeathsig", "TERM")


def run(*command: str, seconds: float = SECONDS, check: bool = True, stdin: str | None = None) -> str:
    """Return the command's standard output; raise HubctlError when it fails, cannot be started or takes too long."""
    try:
        finished = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            input=stdin,
            errors="replace",
        )
    except FileNotFoundError as error:
        raise HubctlError(f"{command[0]} is missing", remedy=INSTALL) from error
    except subprocess.TimeoutExpired as error:
        raise HubctlError(
            f"`{' '.join(command)}` did not end within {seconds:g} s",
            remedy="Look at the load of this machine and try again.",
        ) from error
    if check and finished.returncode:
        words = (finished.stderr or finished.stdout).strip()[-1500:]
        raise HubctlError(
            f"`{' '.join(command)}` failed: {words}",
            remedy="What is left is cleared away at the next start, or by `down`.",
        )
    return finished.stdout
