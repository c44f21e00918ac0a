"""What a Lab leaves behind that was ended by force: hosts, wires, disks, helpers."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from hubctl.calling import typed
from hubctl.errors import BadInputError
from hubctl.local_lab.helpers import end_leftovers
from hubctl.local_lab.settings import LAB, LabSettings
from hubctl.local_swarm.engine_disk import detach
from hubctl.local_swarm.host import Host


def _use_it() -> str:
    use, stop = typed("local-lab status", root=True), typed("local-lab down", root=True)
    return f"Use it (`{use}`), or stop it with `{stop}`."


@contextmanager
def reserved(settings: LabSettings, *, remedy: str | None = None) -> Iterator[None]:
    """Keep a second Lab of this machine out for as long as the block lasts. Raises BadInputError."""
    settings.state.mkdir(parents=True, exist_ok=True)
    with (settings.state / "lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadInputError("a Lab runs on this machine already", remedy=remedy or _use_it()) from error
        yield


def clear_leftovers(settings: LabSettings) -> bool:
    """Stop what an earlier Lab left running, and delete its hosts; users' files and the image stay.

    Return whether there was anything.
    """
    disks = sorted(settings.hosts.iterdir()) if settings.hosts.is_dir() else []
    found = bool(disks) or LAB.exists()
    for number, disk in enumerate(disks, start=1):
        host = Host(name=disk.name, number=number, disk=disk, shared=settings.homes, wire=LAB, at="0.0.0.0")  # noqa: S104 - not bound
        host.kill()
        host.erase()
    detach(settings.work / "image")
    if settings.work.is_dir():
        end_leftovers(settings.work)
    if LAB.exists():
        LAB.delete()
    for folder in (settings.hosts, settings.work):
        shutil.rmtree(folder, ignore_errors=True)
    return found
