"""Do the set-up's work: Python packages, Node packages, the provider; side by side, each when needed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from hubctl.environment.node_packages import install_node_packages
from hubctl.environment.project import TOOLS
from hubctl.environment.provider_mirror import download_provider
from hubctl.environment.python_packages import install_hubctl, install_python_packages
from hubctl.environment.running import say
from hubctl.environment.stamps import is_done
from hubctl.errors import HubctlError
from hubctl.stopping import stopping_in_order

Step = tuple[str, Callable[[threading.Event], None]]


def install(fingerprints: dict[str, str], *, download: bool) -> list[HubctlError]:
    """Do what is not done yet; return the failures, an empty list when everything stands."""
    steps = _steps(fingerprints, download=download)
    stop = threading.Event()
    failures: list[HubctlError] = []
    with stopping_in_order(), ThreadPoolExecutor(max_workers=3) as pool:
        try:
            running = [pool.submit(_timed, name, work, stop) for name, work in steps]
            for done in as_completed(running):
                error = done.exception()
                if isinstance(error, HubctlError):
                    failures.append(error)
                    stop.set()
                elif error is not None:
                    raise error
        finally:
            stop.set()
    return [failure for failure in failures if not failure.message.endswith(": stopped")] or failures


def _steps(fingerprints: dict[str, str], *, download: bool) -> list[Step]:
    steps: list[Step] = []
    if not (is_done("python", fingerprints["python"]) and is_done("hubctl", fingerprints["hubctl"])):

        def python_side(stop: threading.Event) -> None:
            if not is_done("python", fingerprints["python"]):
                install_python_packages(fingerprints["python"], stop)
            install_hubctl(fingerprints["hubctl"], stop)

        steps.append(("Python packages", python_side))
    if not is_done("node", fingerprints["node"]):
        steps.append(("Node packages", lambda stop: install_node_packages(fingerprints["node"], stop)))
    if download:
        steps.append(("AWS provider", lambda _: _download(TOOLS / "terraform")))
    return steps


def _download(folder: Path) -> None:
    download_provider(folder)


def _timed(name: str, work: Callable[[threading.Event], None], stop: threading.Event) -> None:
    started = time.monotonic()
    say(f"  {name}: installing")
    work(stop)
    say(f"  {name}: done, {time.monotonic() - started:.0f} s")
