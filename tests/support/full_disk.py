"""A disk that takes no more than some bytes of each file, as a full one does, without root."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def full_disk(room: int = 0) -> Iterator[None]:
    """Let every file of this process end at ``room`` bytes: what goes beyond fails with EFBIG, part of it written.

    Python ignores SIGXFSZ, so that a write fails as it does with ENOSPC:
    https://man7.org/linux/man-pages/man2/getrlimit.2.html
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
