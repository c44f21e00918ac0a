"""``python -m tools.checkov.install``: install checkov where it is lacking, into an environment of its own.

It pins other releases of boto3 and its relatives than the project does. A second run takes no time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import ROOT, TOOLS
from tools.setup.install import only_one
from tools.setup.packages import clean_environment, pipenv_command
from tools.setup.running import run_step, say
from tools.setup.stamps import forget, is_done, lock_fingerprint, mark_done

FOLDER = ROOT / "tools" / "checkov"
PROGRAM = FOLDER / ".venv" / "bin" / "checkov"
PLAN_WITHIN = 180.0  # seconds; a plan of a hundred resources takes about four
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
        forget("checkov")
        environment = checkov_environment()
        command = [*pipenv_command(environment, stop), "sync"]
        run_step("checkov", command, remedy=_NETWORK, environment=environment, stop=stop)
        mark_done("checkov", wanted)
        say(f"  checkov: done, {time.monotonic() - started:.0f} s")


def check_plans(folder: Path) -> str:
    """Return what checkov says of all plans (``terraform show -json``) in a folder, as JSON. Asks nothing of any network.

    One process for all of them: most of its work is its start.

    Raises HubctlError when checkov is missing or fails.
    """
    if not PROGRAM.exists():
        raise HubctlError("checkov is not installed", remedy="Run `make checkov`.")
    plans = [str(plan) for plan in sorted(folder.glob("*.json"))]
    command = [str(PROGRAM), "--framework", "terraform_plan", "--file", *plans, "--output", "json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BC_", "CKV_"))}
    finished = subprocess.run(
        [*command, "--compact", "--skip-download", "--soft-fail"],
        # From elsewhere, so that no configuration file of the operator's is read.
        cwd=folder,
        env={**environment, "HOME": str(folder), "BC_SKIP_MAPPING": "TRUE"},
        capture_output=True,
        text=True,
        timeout=PLAN_WITHIN,
        check=False,
    )
    if finished.returncode != 0:
        raise HubctlError(f"checkov failed: {finished.stderr[-2000:]}", remedy="See its own words above.")
    return finished.stdout


if __name__ == "__main__":
    try:
        install_checkov()
    except HubctlError as error:
        print(f"error: {error.message}\n       {error.remedy}", file=sys.stderr)
        sys.exit(1)
