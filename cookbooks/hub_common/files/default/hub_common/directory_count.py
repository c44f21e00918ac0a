"""How many bytes the files in a user's directory occupy, counted entry by entry.

Users are hostile, and a directory is theirs: it may be nested deeper than any path is long, hold millions of files, and
change while it is counted. So directories are opened one below the other by their handles, no link is followed, and what
lies on another file system does not count. Neither depth nor size lets descriptors or memory grow without end.
"""

from __future__ import annotations

import errno
import os
import stat
from array import array
from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path

SLICE = 1000  # entries
# Levels that are open at a time, of two descriptors each.
MOST_OPEN = 32
# Names of directories that wait until those below them are done; about 10 MB.
MOST_KEPT = 100_000

_AS_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# The user has deleted it, or has put something else in its place. ESTALE is NFS's error for what another machine deleted.
_VANISHED = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE}


class MissingError(Exception):
    """There is no such directory."""


class UnfinishedError(Exception):
    """The count cannot be completed, and the message says why."""


class _Level:
    """An open directory: the entries that were not looked at yet, and the names of directories that wait."""

    __slots__ = ("entries", "handle", "waiting")

    def __init__(self, handle: int, entries: Iterator[os.DirEntry[str]] | None, waiting: list[str]) -> None:
        self.handle, self.entries, self.waiting = handle, entries, waiting

    def next(self) -> os.DirEntry[str] | None:
        """Return the next entry, None when there is no other."""
        if self.entries is None:
            return None
        try:
            entry = next(self.entries, None)
        except OSError as error:
            entry = None
            if error.errno not in _VANISHED:
                raise UnfinishedError(f"a directory cannot be read: {error.strerror}") from error
        if entry is None:
            self._close_entries()
        return entry

    def close(self) -> None:
        """Give the descriptors back."""
        self._close_entries()
        os.close(self.handle)

    def _close_entries(self) -> None:
        if self.entries is not None:
            self.entries.close()  # type: ignore[attr-defined]  # scandir's iterator
            self.entries = None


class DirectoryCount:
    """One count of a directory, from its beginning to its end.

    Links count as themselves, and a file with several names once: each name counts for its share, so that nothing has to be
    remembered of it.
    """

    def __init__(
        self, directory: Path, *, most_open: int = MOST_OPEN, most_kept: int = MOST_KEPT, slice_: int = SLICE
    ) -> None:
        self._directory = directory
        self._most_open = most_open
        self._most_kept = most_kept
        self._slice = slice_
        self._device = -1
        self._bytes = 0.0
        self._kept = 0
        # The way down: all levels by their inodes, the deepest of them open. Of those above, what waits there.
        self._inodes = array("Q")
        self._open: deque[_Level] = deque()
        self._closed: dict[int, list[str]] = {}

    @property
    def found(self) -> int:
        """The bytes found so far."""
        return round(self._bytes)

    def slices(self) -> Generator[None, None, None]:
        """Count, and yield after each slice; the count is complete when the iterator ends.

        Raises MissingError, and UnfinishedError when there is something that it cannot look at. Closing it gives all up.
        """
        steps = 0
        try:
            self._begin()
            while self._open:
                self._step()
                steps += 1
                if steps % self._slice == 0:
                    yield
        except OSError as error:
            raise UnfinishedError(str(error.strerror)) from error
        finally:
            while self._open:
                self._open.pop().close()

    def _begin(self) -> None:
        try:
            handle = os.open(self._directory, _AS_DIRECTORY)
        except FileNotFoundError as error:
            raise MissingError(str(self._directory)) from error
        except OSError as error:
            raise UnfinishedError(f"the directory cannot be opened: {error.strerror}") from error
        self._enter(handle)

    def _step(self) -> None:
        """Look at one entry, or leave a directory."""
        if len(self._open) > self._most_open:
            self._put_away()
            return
        level = self._open[-1]
        if level.waiting:
            self._kept -= 1
            self._descend(level, level.waiting.pop())
        elif (entry := level.next()) is None:
            self._leave()
        elif self._weigh(entry):
            self._descend(level, entry.name)

    def _put_away(self) -> None:
        """Look at an entry of the highest open level, and close it after the last."""
        level = self._open[0]
        entry = level.next()
        if entry is None:
            self._open.popleft()
            level.close()
            if level.waiting:
                self._closed[len(self._inodes) - len(self._open) - 1] = level.waiting
        elif self._weigh(entry):
            self._kept += 1
            if self._kept > self._most_kept:
                raise UnfinishedError("there are too many directories, nested too deep")
            level.waiting.append(entry.name)

    def _weigh(self, entry: os.DirEntry[str]) -> bool:
        """Add what an entry occupies; return whether it is a directory to look into."""
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            if error.errno in _VANISHED:
                return False
            raise UnfinishedError(f"a file cannot be looked at: {error.strerror}") from error
        if status.st_dev != self._device:  # something else is mounted there
            return False
        if stat.S_ISDIR(status.st_mode):
            self._bytes += status.st_blocks * 512
            return True
        self._bytes += status.st_blocks * 512 / max(1, status.st_nlink)
        return False

    def _descend(self, level: _Level, name: str) -> None:
        try:
            handle = os.open(name, _AS_DIRECTORY, dir_fd=level.handle)
        except OSError as error:
            if error.errno in _VANISHED:
                return
            raise UnfinishedError(f"a directory cannot be opened: {error.strerror}") from error
        self._enter(handle)

    def _enter(self, handle: int) -> None:
        try:
            status = os.fstat(handle)
            if self._device < 0:
                self._device = status.st_dev
            entries = os.scandir(handle) if status.st_dev == self._device else None
        except OSError as error:
            os.close(handle)
            raise UnfinishedError(f"a directory cannot be read: {error.strerror}") from error
        if entries is None:  # something else is mounted there
            os.close(handle)
            return
        self._inodes.append(status.st_ino)
        self._open.append(_Level(handle, entries, []))

    def _leave(self) -> None:
        level = self._open.pop()
        self._inodes.pop()
        try:
            if self._inodes and not self._open:
                self._reopen_above(level)
        finally:
            level.close()

    def _reopen_above(self, level: _Level) -> None:
        """Open the level above again. A directory that was moved meanwhile leads elsewhere, perhaps out of what is counted."""
        try:
            handle = os.open("..", _AS_DIRECTORY, dir_fd=level.handle)
        except OSError as error:
            raise UnfinishedError(f"a directory was deleted meanwhile: {error.strerror}") from error
        status = os.fstat(handle)
        if (status.st_dev, status.st_ino) != (self._device, self._inodes[-1]):
            os.close(handle)
            raise UnfinishedError("a directory was moved meanwhile")
        self._open.append(_Level(handle, None, self._closed.pop(len(self._inodes) - 1, [])))
