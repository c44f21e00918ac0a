"""What synthesis needs of the machine: room to write, and a place where Node keeps its packages."""

import errno
import os
import re
from collections.abc import Mapping
from pathlib import Path

# Of jsii, which runs the constructs' JavaScript: ``disabled`` unpacks the packages anew each time, 1 s slower
CACHE = "JSII_RUNTIME_PACKAGE_CACHE"
CACHE_ROOT = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"
_OF_THE_MACHINE = {
    getattr(errno, name) for name in ("ENOSPC", "EROFS", "EACCES", "EPERM", "EDQUOT", "EMFILE", "ENOMEM")
}
# As Node words what the system refuses, such as "ENOSPC: no space left on device, write", and as jsii tells of its cache
_NAMED = re.compile(r"[^\n]*jsii package cache[^\n]*|\bE[A-Z]{3,}: [^\n,]+, [a-z]+\b[^\n]*")


def package_cache(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return what turns jsii's package cache off where its folder below ``home`` cannot be written to; else nothing.

    What the operator has set in the environment stays.
    """
    if environment.get(CACHE) or environment.get(CACHE_ROOT):
        return {}
    return {} if _can_be_made(home / ".cache" / "aws" / "jsii" / "package-cache") else {CACHE: "disabled"}


def machine_trouble(error: BaseException) -> str | None:
    """Return what on this machine made a synthesis fail, and what to do; None when the machine is not the cause."""
    if isinstance(error, OSError):
        if error.errno == errno.ENOENT and Path(str(error.filename or "")).name == "node":
            return "node is not on the PATH. Install Node, then run `make setup`."
        if error.errno in _OF_THE_MACHINE:
            place = f": {error.filename}" if error.filename else ""
            return _told(f"{error.strerror}{place}")
        return None
    found = _NAMED.search(str(error)) if type(error).__module__.startswith(("jsii", "builtins")) else None
    return _told(found[0].strip()) if found else None


def _told(what: str) -> str:
    return (
        f"{what.rstrip('.')}. It is this machine and not the settings: make room, or the right to write, where it says; "
        "HOME, TMPDIR and CDKTF_OUTDIR name other places. Then synthesize again, as the output may be incomplete."
    )


def _can_be_made(folder: Path) -> bool:
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


FILE = "hubctl_destroy_override.tf.json"


def has_left_override(folder: Path) -> bool:
    """Tell whether the file lies in a stack's folder."""
    return (folder / FILE).exists()


def remove_left_override(folder: Path) -> str | None:
    """Take the file out of a stack's folder; return the sentence that says so, None when there was none."""
    path = folder / FILE
    try:
        path.unlink()
    except FileNotFoundError:
        return None
    return (
        f"removed {path}: a destroy that was killed had left it, and with it"
        " Terraform did not refuse to delete the users' homes"
    )
