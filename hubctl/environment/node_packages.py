"""Install the Node packages of package-lock.json: the cdktf command line."""

from __future__ import annotations

import os
import threading

from hubctl.environment.running import run_step
from hubctl.environment.stamps import forget, mark_done


def install_node_packages(fingerprint: str, stop: threading.Event) -> None:
    """Install exactly what package-lock.json names into ``node_modules``, with its checksums verified."""
    forget("node")
    environment = dict(os.environ, CI="1", NO_UPDATE_NOTIFIER="1")
    remedy = "check the network and npm's registry settings, then run `make setup` again: it resumes"
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    run_step("Node packages", command, remedy=remedy, environment=environment, stop=stop)
    mark_done("node", fingerprint)
