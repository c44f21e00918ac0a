"""How much disk each user's directory takes: counted in the background, kept in a file across restarts.

A network file system without quotas has to be walked. Two threads do that, so that counting never competes
with the users' own work for long. The first counts small directories, one after the other. What turns out to be large
starts again in the second, where a few directories take turns, slice by slice: millions of files of one user do not keep
the others waiting. When the last count would speak against a start, the user's directory is counted again first.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from hub_common.admission import UserDisk
from hub_common.directory_count import DirectoryCount, MissingError, UnfinishedError

log = logging.getLogger("hub_common.accounting")
# A quick count has at most so many slices; after them it is a long one.
QUICK_SLICES = 20
# So many long counts take turns; one that was counted for so long gives way when others wait.
LONG_COUNTS = 4
LONG_SECONDS = 3600.0
# A user who is refused is counted again after ten times what the count took, within these bounds.
SOONEST, LATEST = 2.0, 60.0
# Seconds between two listings of the directories; those that were never counted are counted then.
LIST_SECONDS = 60.0
# A directory of some ten thousand files is counted within this time; who has more hears of the last count.
RECOUNT_PATIENCE = 5.0


class Accounting:
    """The last counts, by directory name, and the threads that renew them.

    A count that cannot be completed is unknown: the last one stays, unless more was found than that. ``there`` tells whether
    the folder of the users can be reached, so that a directory that is missing below it is one that was deleted.
    With ``all_of_them``, directories that were never asked for are counted too.
    """

    def __init__(
        self,
        users_folder: Path,
        file: Path,
        *,
        count: Callable[[Path], DirectoryCount] = DirectoryCount,
        there: Callable[[], bool] | None = None,
        all_of_them: bool = False,
        list_seconds: float = LIST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._users_folder = users_folder
        self._file = file
        self._count = count
        self._there = there or users_folder.is_dir
        self._all_of_them = all_of_them
        self._list_seconds = list_seconds
        self._clock = clock
        self._counts: dict[str, int] = _load(file)
        self._users: int | None = None
        # When the last run of a name began and ended, and how long its slices took together.
        self._looked: dict[str, tuple[float, float, float]] = {}
        self._wanted: deque[str] = deque()
        self._large: deque[_Run] = deque()
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._awaited: dict[str, Future[None]] = {}
        self._stopped = False
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("accounting", self._work), ("accounting-large", self._work_large))
        ]

    def start(self) -> None:
        """Start counting what is asked for."""
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float = 2.0) -> None:
        """Count no more; return once no slice is being counted, or after ``patience`` seconds."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(patience)

    # --- what is known ---

    def used(self, name: str) -> int:
        """Return the bytes last counted in a directory, 0 when it was never counted."""
        return self._counts.get(name, 0)

    def counts(self) -> dict[str, int]:
        """Return all last counts, in bytes."""
        with self._changed:
            return dict(self._counts)

    def users(self) -> int:
        """Return how many users have a directory, as last looked up."""
        return len(self._counts) if self._users is None else self._users

    # --- what is asked for ---

    def recount(self, name: str) -> None:
        """Ask for a new count of a directory; returns at once."""
        with self._changed:
            self._ask(name)

    def recount_if_older(self, name: str, seconds: float) -> None:
        """Ask for a new count unless the last is at most so many seconds old, or took a quarter of the time since."""
        with self._changed:
            looked = self._looked.get(name)
            if name in self._busy or (looked and self._clock() - looked[1] <= max(seconds, 4 * looked[2])):
                return
            self._ask(name)

    def recount_now(self, name: str) -> Future[None]:
        """Ask for a new count before all others, and return a future that is done when it has ended, however it did.

        A count that is new enough is not repeated: asking again and again brings no larger share of the disk.
        """
        with self._changed:
            looked = self._looked.get(name)
            if looked and self._clock() - looked[0] < min(LATEST, max(SOONEST, 10 * looked[2])):
                return _done()
            awaited = self._awaited.setdefault(name, Future())
            self._ask(name, first=True)
            return awaited

    def _ask(self, name: str, *, first: bool = False) -> None:
        if name in self._busy:
            self._again.add(name)
            return
        if first and name in self._wanted:
            self._wanted.remove(name)
        if first:
            self._wanted.appendleft(name)
        elif name not in self._wanted:
            self._wanted.append(name)
        self._changed.notify_all()

    # --- the threads ---

    def _work(self) -> None:
        listed = float("-inf")
        while True:
            if self._clock() - listed >= self._list_seconds:
                self._look_up()
                listed = self._clock()
            run = self._next(listed + self._list_seconds)
            if self._stopped:
                return
            if run is None:
                continue
            for _ in range(QUICK_SLICES):
                if self._stopped or self._slice(run):
                    break
            else:
                run.give_up()  # its descriptors are not held while it waits
                with self._changed:
                    self._large.append(run)
                    self._changed.notify_all()

    def _work_large(self) -> None:
        turns: deque[_Run] = deque()
        while True:
            while len(turns) < LONG_COUNTS and (run := self._next_large(wait=not turns)):
                turns.append(run)
            if self._stopped:
                return
            run = turns.popleft()
            if self._slice(run):
                continue
            if run.took > LONG_SECONDS and self._large:
                log.warning(
                    "%s was counted for %.0f s and is not done: others come first", run.name, run.took
                )
                run.give_up()
                self._note(run.name, max(run.count.found, self.used(run.name)))
                self._end(run)
            else:
                turns.append(run)

    def _next(self, until: float) -> _Run | None:
        with self._changed:
            while not self._wanted and not self._stopped and (left := until - self._clock()) > 0:
                self._changed.wait(left)
            if self._stopped or not self._wanted:
                return None
            name = self._wanted.popleft()
            self._busy.add(name)
            done = self._awaited.pop(name, None)
        return _Run(name, self._count(self._users_folder / name), done, self._clock)

    def _next_large(self, *, wait: bool) -> _Run | None:
        with self._changed:
            while wait and not self._large and not self._stopped:
                self._changed.wait()
            if self._stopped or not self._large:
                return None
            before = self._large.popleft()
        return _Run(before.name, self._count(self._users_folder / before.name), before.done, self._clock)

    def _slice(self, run: _Run) -> bool:
        """Count a slice; return whether the count has ended, its result noted."""
        try:
            last = run.slice()
        except MissingError:
            if self._there():
                self._note(run.name, None)
            else:
                log.warning("%s cannot be counted: its folder is not there", run.name)
        except UnfinishedError as error:
            log.warning("%s takes at least %d bytes, more is not known: %s", run.name, run.count.found, error)
            if run.count.found > self.used(run.name):
                self._note(run.name, run.count.found)
        except Exception:
            log.exception("%s cannot be counted", run.name)
        else:
            if last:
                self._note(run.name, run.count.found)
            elif run.count.found > self.used(run.name):
                with self._changed:  # not written: it goes on
                    self._counts[run.name] = run.count.found
            if not last:
                return False
        self._end(run)
        return True

    def _note(self, name: str, size: int | None) -> None:
        with self._changed:
            if size is None:
                self._counts.pop(name, None)
            else:
                self._counts[name] = size
            self._write()

    def _end(self, run: _Run) -> None:
        with self._changed:
            self._looked[run.name] = (run.began, self._clock(), run.took)
            self._busy.discard(run.name)
            if run.name in self._again:
                self._again.discard(run.name)
                self._ask(run.name, first=run.name in self._awaited)
        if run.done is not None:
            run.done.set_result(None)
        log.debug("%s: %d bytes after %.1f s", run.name, run.count.found, run.took)

    def _look_up(self) -> None:
        """See which directories there are; ask for counts of those that have none, and forget those that are gone."""
        try:
            with os.scandir(self._users_folder) as entries:
                names = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
        except OSError as error:
            log.warning("cannot see whose directories there are: %s", error)
            return
        if not self._there() or (self._counts and not names):  # nothing is mounted there
            return
        with self._changed:
            self._users = len(names)
            gone = self._counts.keys() - names - self._busy
            for name in gone:
                del self._counts[name]
            if gone:
                self._write()
            if self._all_of_them:
                for name in sorted(names - self._counts.keys() - self._looked.keys() - self._busy):
                    self._ask(name)

    def _write(self) -> None:
        try:
            _save(self._file, self._counts)
        except OSError as error:
            log.warning("the sizes of directories cannot be written to %s: %s", self._file, error)


async def user_disk(accounting: Accounting, name: str, quota: int) -> UserDisk:
    """Return what the directory takes. Whoever has made room starts at once, and need not wait for the next count."""
    known = UserDisk(used=accounting.used(name), quota=quota)
    if not known.over:
        return known
    await asyncio.wait([asyncio.wrap_future(accounting.recount_now(name))], timeout=RECOUNT_PATIENCE)
    return UserDisk(used=accounting.used(name), quota=quota)


class _Run:
    """A count under way; ``done`` tells those who wait for it."""

    def __init__(
        self, name: str, count: DirectoryCount, done: Future[None] | None, clock: Callable[[], float]
    ) -> None:
        self.name, self.count, self.done, self._clock = name, count, done, clock
        self.began = clock()
        self.took = 0.0
        self._slices = count.slices()

    def slice(self) -> bool:
        """Count a slice; return whether it was the last."""
        began = self._clock()
        try:
            return next(self._slices, self) is self
        finally:
            self.took += self._clock() - began

    def give_up(self) -> None:
        """Give back what it holds."""
        self._slices.close()


def _done() -> Future[None]:
    done: Future[None] = Future()
    done.set_result(None)
    return done


def _load(file: Path) -> dict[str, int]:
    try:
        counts = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): int(size) for name, size in counts.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError) as error:
        log.warning("%s cannot be read (%s): counting anew", file, error)
        return {}


def _save(file: Path, counts: dict[str, int]) -> None:
    new = file.with_suffix(".new")
    new.write_text(json.dumps(counts, sort_keys=True), encoding="utf-8")
    new.replace(file)
