"""Find a folder on this machine that holds the AWS provider, laid out as Terraform's filesystem mirrors are.

``search_mirrors`` looks through the disks within bounds of depth and time; ``inspect_mirror`` recognises the provider in one
folder, and says what is wrong with it when Terraform could not or should not run it.
"""

import os
import platform
import stat
import time
import zipfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hubctl.core.project_folders import PROVIDER_VERSION

MAXIMUM_DEPTH = 8  # folders below a root; HOST/hashicorp are the last two of them
SEARCH_SECONDS = 15.0
_PROGRAM = f"terraform-provider-aws_v{PROVIDER_VERSION}"
# The real one has hundreds of megabytes, an interrupted copy may be empty
_SMALLEST_PROGRAM_BYTES = 2**20
_TERRAFORM_ARCHITECTURES = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "i386": "386",
    "i686": "386",
}
# No mirrors are kept here, but very many folders are (in /tmp, files that any user may have put there).
_SKIPPED_AT_ROOT = frozenset(["proc", "sys", "dev", "run", "boot", "lost+found", "tmp"])
_SKIPPED = frozenset(
    ["node_modules", "site-packages", "__pycache__", ".git", ".terraform", ".venv", ".tools"]
)
_NETWORK_FILE_SYSTEMS = (
    "nfs", "cifs", "smb", "sshfs", "fuse.", "9p", "afs", "ceph", "gluster", "lustre", "autofs", "davfs",
)  # fmt: skip


@dataclass(frozen=True)
class FoundMirror:
    """A folder that claims to hold the provider; ``defect`` says why it cannot be used, None when it can."""

    folder: Path
    defect: str | None


def machine_platform() -> str:
    """Return this machine's platform in Terraform's words, such as ``linux_amd64``."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_TERRAFORM_ARCHITECTURES.get(machine, machine)}"


def search_mirrors(roots: list[Path], target: str, seconds: float = SEARCH_SECONDS) -> list[FoundMirror]:
    """Return the findings below the roots, the usable one last; the search ends at the first usable one.

    Goes level by level, so that mirrors near the top are found at once. Follows no links and enters neither
    network file systems nor the project's own generated folders.
    """
    findings = []
    for finding in _candidates(roots, target, time.monotonic() + seconds):
        findings.append(finding)
        if finding.defect is None:
            break
    return findings


def search_roots() -> list[Path]:
    """Return where a search starts: the home folder, then the top of the file system."""
    return [Path.home(), Path("/")]


def implied_mirrors() -> list[Path]:
    """Return the folders that Terraform itself looks into when no installation method is configured."""
    home = Path.home()
    data_home = os.environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")
    data_folders = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    folders = [home / ".terraform.d" / "plugins", Path(data_home) / "terraform" / "plugins"]
    folders += [Path(folder) / "terraform" / "plugins" for folder in data_folders if folder]
    support = Path("Library") / "Application Support" / "io.terraform" / "plugins"
    return [*folders, home / support, Path("/") / support]


def _candidates(roots: list[Path], target: str, deadline: float) -> Iterator[FoundMirror]:
    for known in implied_mirrors():
        found = inspect_mirror(known, target) if known.is_dir() else None
        if found is not None:
            yield found
    for vendor in _vendor_folders(roots, deadline):
        found = inspect_vendor(Path(vendor), target)
        if found is not None:
            yield found


def _vendor_folders(roots: list[Path], deadline: float) -> Iterator[str]:
    """Yield every folder named hashicorp, level by level below each root in turn."""
    remote = remote_mounts()
    visited = set()
    for root in roots:
        waiting = deque([(str(root), 0)])
        while waiting and time.monotonic() < deadline:
            folder, depth = waiting.popleft()
            if folder in visited:
                continue
            visited.add(folder)
            for name in _folders_in(folder):
                path = os.path.join(folder, name)  # noqa: PTH118 (a hundred thousand Path objects are slow)
                if name == "hashicorp":
                    yield path
                elif depth + 1 < MAXIMUM_DEPTH and path not in remote:
                    waiting.append((path, depth + 1))


def _folders_in(folder: str) -> list[str]:
    skipped = _SKIPPED | _SKIPPED_AT_ROOT if folder == "/" else _SKIPPED
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name
                for entry in entries
                if entry.name not in skipped and entry.is_dir(follow_symlinks=False)
            )
    except OSError:  # not ours to read, or gone meanwhile
        return []


def remote_mounts() -> frozenset[str]:
    """Return the mount points of network file systems; none where the system has no list of mounts."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    fields = [line.split() for line in lines]
    return frozenset(
        field[1].replace("\\040", " ")
        for field in fields
        if len(field) > 2 and field[2].startswith(_NETWORK_FILE_SYSTEMS)
    )


def inspect_mirror(mirror: Path, target: str) -> FoundMirror | None:
    """Look for the provider in a mirror folder; None when nothing there claims to be it."""
    found = None
    for vendor in sorted(mirror.glob("*/hashicorp")):
        found = inspect_vendor(vendor, target)
        if found is not None and found.defect is None:
            return found
    return found


def inspect_vendor(vendor: Path, target: str) -> FoundMirror | None:
    """Look for the provider in a mirror's ``HOST/hashicorp`` folder."""
    mirror = vendor.parent.parent
    unpacked = vendor / "aws" / PROVIDER_VERSION / target
    packed = vendor / "aws" / f"terraform-provider-aws_{PROVIDER_VERSION}_{target}.zip"
    try:
        if unpacked.is_dir():
            return FoundMirror(mirror, _defect_of_folder(unpacked) or _defect_of_path(unpacked, mirror))
        if packed.is_file():
            return FoundMirror(mirror, _defect_of_archive(packed) or _defect_of_path(packed, mirror))
    except OSError as error:
        return FoundMirror(mirror, f"it cannot be read: {error}")
    return None


def _defect_of_folder(folder: Path) -> str | None:
    programs = sorted(folder.glob(_PROGRAM + "*"))
    if not programs:
        return f"{folder} holds no {_PROGRAM}"
    status = programs[0].stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size < _SMALLEST_PROGRAM_BYTES:
        return f"{programs[0]} is damaged: it has only {status.st_size} bytes"
    if not os.access(programs[0], os.X_OK):
        return f"{programs[0]} is not executable"
    return _defect_of_owner(programs[0])


def _defect_of_archive(archive: Path) -> str | None:
    if not zipfile.is_zipfile(archive):
        return f"{archive} is damaged: it is not a zip archive"
    return _defect_of_owner(archive)


def _defect_of_path(leaf: Path, mirror: Path) -> str | None:
    """Refuse what other users of the machine could have put there: Terraform will run it."""
    folder = leaf
    while True:
        defect = _defect_of_owner(folder)
        if defect is not None or folder == mirror:
            return defect
        folder = folder.parent


def _defect_of_owner(path: Path) -> str | None:
    status = path.stat()
    if status.st_uid not in (0, os.getuid()):
        return f"{path} belongs to another user"
    if status.st_mode & stat.S_IWOTH:
        return f"{path} can be written by every user of this machine"
    return None
