"""What synthesis needs of the machine: Node without its banners, a place for Node's packages, and room to write.

Also the file with which ``hubctl destroy`` of version 0.2 and before lifted the protection of homes while it ran: one
that was killed left it in the stack's folder.
"""

import errno
import os
import re
from collections.abc import Mapping
from pathlib import Path

# Node releases reach their end of life on other days than users replace them; the banner of jsii, below cdktf, about it
# would be taken for an error of ours. `make setup` checks the release, and docs/install.md names the supported ones.
# jsii wants the major versions to be silent about in the first variable, and any text in the others.
QUIET_NODE: Mapping[str, str] = {
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": ",".join(map(str, range(18, 40))),
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
}

# Of jsii, which runs the constructs' JavaScript: ``disabled`` unpacks the packages anew each time, 1 s slower
CACHE = "JSII_RUNTIME_PACKAGE_CACHE"
CACHE_ROOT = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"
_MACHINE_ERRORS = {
    getattr(errno, name) for name in ("ENOSPC", "EROFS", "EACCES", "EPERM", "EDQUOT", "EMFILE", "ENOMEM")
}
# How Node says what the system refuses, such as "ENOSPC: no space left on device, write", and jsii what ails its cache
_NODE_MESSAGE = re.compile(r"[^\n]*jsii package cache[^\n]*|\bE[A-Z]{3,}: [^\n,]+, [a-z]+\b[^\n]*")


LEFT_OVERRIDE = "hubctl_destroy_override.tf.json"


def node_environment(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return what Node is given to run in ``environment``: no banners, and a package cache that it can write to."""
    quiet = {name: value for name, value in QUIET_NODE.items() if name not in environment}
    return quiet | package_cache(environment, home)


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
        if error.errno in _MACHINE_ERRORS:
            place = f": {error.filename}" if error.filename else ""
            return _explained(f"{error.strerror}{place}")
        return None
    found = (
        _NODE_MESSAGE.search(str(error)) if type(error).__module__.startswith(("jsii", "builtins")) else None
    )
    return _explained(found[0].strip()) if found else None


def _explained(what: str) -> str:
    return (
        f"{what.rstrip('.')}. It is this machine and not the settings: make room, or the right to write, where it says; "
        "HOME, TMPDIR and CDKTF_OUTDIR name other places. Then synthesize again, as the output may be incomplete."
    )


def _can_be_made(folder: Path) -> bool:
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def has_left_override(folder: Path) -> bool:
    """Tell whether the file lies in a stack's folder."""
    return (folder / LEFT_OVERRIDE).exists()


def remove_left_override(folder: Path) -> str | None:
    """Take the file out of a stack's folder; return the sentence that says so, None when there was none."""
    path = folder / LEFT_OVERRIDE
    try:
        path.unlink()
    except FileNotFoundError:
        return None
    return (
        f"removed {path}: a destroy that was killed had left it, and with it"
        " Terraform did not refuse to delete the users' homes"
    )
