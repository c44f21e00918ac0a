"""What trials on real hosts need of this machine: root, programs of the system, and commands that are bounded in time.

A command that fails is reported in its own words.
"""

import os
import subprocess
from collections.abc import Callable, Iterable

from hubctl.core.command_line import again_as_root
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.tool_versions import is_installed

Tell = Callable[[str], None]  # shows a sentence while a trial takes its time
INSTALL_REMEDY = "Run `make system-packages`, which installs what is missing."
COMMAND_SECONDS = 180.0
# Put before a command, it ends with the thread that starts it, also when that is killed.
ENDS_WITH_STARTER = ("setpriv", "--pdeathsig", "TERM")


def need_root() -> None:
    """Raise BadInputError for any user but root."""
    if os.geteuid() != 0:
        raise BadInputError(
            "hosts in separate namespaces need root", remedy=f"Run it with sudo: `{again_as_root()}`."
        )


def need_programs(names: Iterable[str]) -> None:
    """Raise BadInputError that names all programs that are missing."""
    if missing := [name for name in names if not is_installed(name)]:
        raise BadInputError(f"these tools are missing: {', '.join(missing)}", remedy=INSTALL_REMEDY)


def run_command(
    *command: str, seconds: float = COMMAND_SECONDS, check: bool = True, stdin: str | None = None
) -> str:
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
        raise HubctlError(f"{command[0]} is missing", remedy=INSTALL_REMEDY) from error
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
