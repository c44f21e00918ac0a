"""Search this machine's disks for a folder that holds the AWS provider, within bounds of depth and time."""

import os
import time
from collections import deque
from pathlib import Path
from typing import Iterator  # noqa: UP035 (Python 3.6 loads this file)

from hubctl.environment.provider_layout import Finding, inspect_mirror, inspect_vendor

DEEPEST = 8  # folders below a root; HOST/hashicorp are the last two of them
LONGEST = 15.0  # seconds

# No mirrors are kept here, but a great many folders (or, in /tmp, things that anybody may have put there).
_SKIPPED_AT_TOP = frozenset(["proc", "sys", "dev", "run", "boot", "lost+found", "tmp"])
_SKIPPED = frozenset(
    ["node_modules", "site-packages", "__pycache__", ".git", ".terraform", ".venv", ".tools"]
)
_REMOTE = (
    "nfs",
    "cifs",
    "smb",
    "sshfs",
    "fuse.",
    "9p",
    "afs",
    "ceph",
    "gluster",
    "lustre",
    "autofs",
    "davfs",
)


def implied_mirrors() -> "list[Path]":
    """Return the folders that Terraform itself looks into when no installation method is configured."""
    home = Path.home()
    data_home = os.environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")
    data_folders = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    folders = [home / ".terraform.d" / "plugins", Path(data_home) / "terraform" / "plugins"]
    folders += [Path(folder) / "terraform" / "plugins" for folder in data_folders if folder]
    support = Path("Library") / "Application Support" / "io.terraform" / "plugins"
    return [*folders, home / support, Path("/") / support]


def search_roots() -> "list[Path]":
    """Return where a search starts: the home folder, then the top of the file system."""
    return [Path.home(), Path("/")]


def search(roots: "list[Path]", target: "str", seconds: "float" = LONGEST) -> "list[Finding]":
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


def _candidates(roots: "list[Path]", target: "str", deadline: "float") -> "Iterator[Finding]":
    for known in implied_mirrors():
        found = inspect_mirror(known, target) if known.is_dir() else None
        if found is not None:
            yield found
    for vendor in _vendor_folders(roots, deadline):
        found = inspect_vendor(Path(vendor), target)
        if found is not None:
            yield found


def _vendor_folders(roots: "list[Path]", deadline: "float") -> "Iterator[str]":
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
                elif depth + 1 < DEEPEST and path not in remote:
                    waiting.append((path, depth + 1))


def remote_mounts() -> "frozenset[str]":
    """Return the mount points of network file systems; none where the system has no list of mounts."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    fields = [line.split() for line in lines]
    return frozenset(
        field[1].replace("\\040", " ") for field in fields if len(field) > 2 and field[2].startswith(_REMOTE)
    )


def _folders_in(folder: "str") -> "list[str]":
    skipped = _SKIPPED | _SKIPPED_AT_TOP if folder == "/" else _SKIPPED
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name
                for entry in entries
                if entry.name not in skipped and entry.is_dir(follow_symlinks=False)
            )
    except OSError:  # not ours to read, or gone meanwhile
        return []
