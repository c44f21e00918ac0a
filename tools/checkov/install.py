"""``python -m tools.checkov.install``: install checkov, unless it is there, into a separate environment.

It pins other releases of boto3 and its relatives than the project does. A second run takes no time.
"""

import sys
import threading
import time

from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import ROOT, TOOLS
from tools.setup.install import only_one
from tools.setup.packages import clean_environment, pipenv_command
from tools.setup.running import run_setup_step, say
from tools.setup.stamps import is_done, lock_fingerprint, mark_begun, mark_done

FOLDER = ROOT / "tools" / "checkov"
PROGRAM = FOLDER / ".venv" / "bin" / "checkov"
_NETWORK = "check the network and pip's index settings, then run it again: it resumes"


def checkov_environment() -> dict[str, str]:
    """Return the environment in which pipenv works on checkov's own Pipfile."""
    return {**clean_environment(), "PIPENV_PIPFILE": str(FOLDER / "Pipfile")}


def install_checkov() -> None:
    """Install exactly what tools/checkov/Pipfile.lock names; raise HubctlError when that fails."""
    wanted = lock_fingerprint("tools/checkov/Pipfile.lock")
    if PROGRAM.exists() and is_done("checkov", wanted):
        return
    with only_one(TOOLS):
        if PROGRAM.exists() and is_done("checkov", wanted):
            return
        started, stop = time.monotonic(), threading.Event()
        say("  checkov: installing")
        mark_begun("checkov")
        environment = checkov_environment()
        command = [*pipenv_command(environment, stop), "sync"]
        run_setup_step("checkov", command, remedy=_NETWORK, environment=environment, stop=stop)
        mark_done("checkov", wanted)
        say(f"  checkov: done, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    try:
        install_checkov()
    except HubctlError as error:
        print(f"error: {error.message}\n       {error.remedy}", file=sys.stderr)
        sys.exit(1)
