"""What stands in for the shared file system of the nodes: a folder of this machine, or a disk image.

The certificate of a trial's host name is self-signed, as the cookbook makes one on the leader.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubctl.trial.hosts.machine import run_command

_FOLDERS = (("users", 0o711), ("datasets", 0o755))


@contextmanager
def shared_files(folder: Path, size_mib: int | None) -> Iterator[None]:
    """Have the shared files at ``folder``, on a file system of ``size_mib`` that goes with the block if given."""
    folder.mkdir(parents=True, exist_ok=True)
    image = folder.with_name("shared.img")
    if size_mib is not None:
        with image.open("wb") as file:
            file.truncate(size_mib * 1024**2)
        run_command("mkfs.ext4", "-q", "-F", "-m", "0", str(image))
        run_command("mount", "-o", "loop", str(image), str(folder))
    try:
        for name, mode in _FOLDERS:
            (folder / name).mkdir(exist_ok=True)
            (folder / name).chmod(mode)
        yield
    finally:
        if size_mib is not None:
            release(folder)


def release(folder: Path) -> None:
    """Unmount the disk image and delete it; a folder of this machine is left alone."""
    if folder.is_mount():
        run_command("fsfreeze", "--unfreeze", str(folder), check=False)
        run_command("umount", "--lazy", str(folder))
    folder.with_name("shared.img").unlink(missing_ok=True)


def self_signed(hostname: str) -> tuple[str, str]:
    """Return certificate and key as PEM, for ``hostname`` and its users' domains, valid for a year."""
    options = ["-newkey", "rsa:2048", "-nodes", "-days", "365", "-keyout", "-", "-out", "-"]
    subject = ["-subj", f"/CN={hostname}", "-addext", f"subjectAltName=DNS:{hostname},DNS:*.{hostname}"]
    answer = run_command("openssl", "req", "-x509", *options, *subject)
    key, middle, certificate = answer.partition("-----BEGIN CERTIFICATE-----")
    return middle + certificate, key
