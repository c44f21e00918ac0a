"""Do the set-up's work: Python packages, Node packages, the provider; side by side, each when needed."""

import fcntl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import TOOLS
from hubctl.core.stopping import stopping_in_order
from hubctl.core.terraform.provider_mirror import download_provider
from tools.setup.packages import install_hubctl, install_node_packages, install_python_packages
from tools.setup.running import say
from tools.setup.stamps import is_done

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


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock in ``folder`` (made if missing); wait for another set-up, and say so, while there is one.

    The system releases the lock when the process ends, however it ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "setup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up of this project is at work: waiting for it", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
