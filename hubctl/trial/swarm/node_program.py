"""The program of a worker's first boot, by which it leaves when its instance ends: from the very scripts of its user data."""

import tempfile
from pathlib import Path

from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import ROOT
from hubctl.trial.hosts.machine import run

SCRIPTS = ROOT / "constructs/hub_constructs/chef_hub/bootstrap"
PARTS = ("common.sh", "facts.sh", "chef_client.sh", "hub_worker.sh")
PATH = "/var/lib/chef-hub/node.sh"
# The last line of a kind's script: everything before it only defines functions.
BEGINNING = "bootstrap\n"


def worker_program() -> str:
    """Return what the bootstrap's `install_program` keeps at ``PATH`` for a worker's units; raise HubctlError where it fails."""
    text = "\n".join((SCRIPTS / part).read_text(encoding="utf-8") for part in PARTS)
    if not text.endswith(f"\n{BEGINNING}"):
        raise HubctlError(
            f"{PARTS[-1]} no longer ends with {BEGINNING.strip()!r}",
            remedy=f"Adapt {Path(__file__).name} to it.",
        )
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "node.sh"
        settings = f"SCRATCH={folder}\nPROGRAM={program}\n"
        run("bash", "-s", stdin=f"{text.removesuffix(BEGINNING)}\n{settings}install_program\n")
        return program.read_text(encoding="utf-8")
