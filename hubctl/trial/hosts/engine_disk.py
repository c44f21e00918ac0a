"""The disk of a host's Docker engine: a file system in a file, so that it is copied and deleted in one step.

A host's disk starts as a copy of one that has the image already, as a machine image would; only hosts that
join later start with an empty one and have to pull.
"""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.image import reserve_cache
from hubctl.trial.hosts.machine import ENDS_WITH_STARTER, Tell, run_command

SIZE_MIB = 6144  # sparse: what is not written takes no room
ENGINE_SECONDS = 180.0
DOCKERD = "/usr/sbin/dockerd"


def loaded_disk(cache: Path, image: Path, tell: Tell) -> Path:
    """Return a disk whose engine has the image, made once for each image."""
    disk = cache / f"engine-{image.stem}.img"
    if disk.exists():
        return disk
    with reserve_cache(cache):
        return disk if disk.exists() else _make_loaded(disk, image, tell)


def _make_loaded(disk: Path, image: Path, tell: Tell) -> Path:
    cache = disk.parent
    for old in cache.glob("engine-*.img"):
        old.unlink()
    tell("loading the image")
    unfinished = disk.with_suffix(".new")
    make_disk(unfinished)
    with tempfile.TemporaryDirectory(prefix="engine-", dir=cache) as scratch:
        folder = Path(scratch) / "data"
        attach(unfinished, folder)
        try:
            _load(folder, Path(scratch), image)
        finally:
            run_command("umount", str(folder))
    unfinished.rename(disk)
    return disk


def make_disk(file: Path, *, like: Path | None = None) -> None:
    """Make a disk in a file, empty or as a copy."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if like is not None:
        run_command("cp", "--sparse=always", "--reflink=auto", str(like), str(file), seconds=300)
        return
    with file.open("wb") as stream:
        stream.truncate(SIZE_MIB * 1024**2)
    # Nothing here outlives the machine's own disk: no journal is needed.
    run_command("mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-m", "0", str(file), seconds=120)


def attach(file: Path, folder: Path) -> None:
    """Mount the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    if not folder.is_mount():
        run_command("mount", "-o", "loop,noatime", str(file), str(folder))


def detach(folder: Path) -> None:
    """Unmount the disk, where it is mounted."""
    if folder.is_mount():
        run_command("umount", "--lazy", str(folder))


def _load(folder: Path, scratch: Path, image: Path) -> None:
    """Load the image with an engine that lives only for that, and touches no network."""
    socket = f"unix://{scratch}/docker.sock"
    options = [f"--data-root={folder}", f"--exec-root={scratch}/exec", f"--pidfile={scratch}/docker.pid"]
    options += [f"--host={socket}", "--bridge=none", "--iptables=false", "--ip6tables=false"]
    with (scratch / "log").open("wb") as log:
        engine = subprocess.Popen(
            [*ENDS_WITH_STARTER, DOCKERD, *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + ENGINE_SECONDS
        while not run_command(
            "docker", "--host", socket, "version", "--format", "{{.Server.Version}}", check=False
        ).strip():
            if engine.poll() is not None or time.monotonic() > deadline:
                tail = (scratch / "log").read_text(encoding="utf-8", errors="replace")[-1500:]
                raise HubctlError(f"the Docker engine did not start:\n{tail}", remedy="See its lines above.")
            time.sleep(0.2)
        run_command("docker", "--host", socket, "load", "--quiet", "--input", str(image), seconds=600)
    finally:
        engine.terminate()
        engine.wait(60)
    (folder / "engine-id").unlink(missing_ok=True)
    shutil.rmtree(folder / "swarm", ignore_errors=True)
