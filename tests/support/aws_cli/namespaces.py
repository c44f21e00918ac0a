"""Enter another process's namespaces and root, and die with one's parent: Linux calls that Python 3.11 does not have."""

import ctypes
import os
import signal
from collections.abc import Sequence

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
# In the order in which they can be entered: the rights over the others come from the user namespace.
_NAMESPACES = ("user", "mnt", "net", "uts", "ipc", "pid")


def enter(root: int, folder: int, namespaces: Sequence[int]) -> None:
    """Enter what the descriptors stand for. The namespace of processes counts for children only."""
    # All are looked at first: in another namespace of mounts, /proc need not know this process.
    others = [
        descriptor
        for name, descriptor in zip(_NAMESPACES, namespaces, strict=True)
        if not _same(descriptor, f"/proc/self/ns/{name}")
    ]
    for descriptor in others:
        _checked(_libc.setns(descriptor, 0))
    if not _same(root, "/"):
        os.fchdir(root)
        os.chroot(".")
    os.fchdir(folder)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends. Entering namespaces may undo it."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0))


def _same(descriptor: int, path: str) -> bool:
    return os.path.samestat(os.fstat(descriptor), os.stat(path))  # noqa: PTH116 - both are of the same kind here


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
