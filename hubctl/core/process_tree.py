"""Which processes descend from one that this program started, so that all of them can be ended with it."""

import contextlib

import psutil

_ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)  # they only wait for their parent to notice


class Family:
    """A process that this one started and everything that ever descended from it, as far as was seen.

    A program whose parent has ended is no longer found as a descendant: call :meth:`grow` now and then while
    the first process runs. A later process with the id of a member is not mistaken for it.
    """

    def __init__(self, ancestor: int) -> None:
        self._members: set[psutil.Process] = set()
        with contextlib.suppress(psutil.NoSuchProcess):
            self._members.add(psutil.Process(ancestor))

    def grow(self) -> None:
        """Take note of the descendants that run now."""
        running = list(psutil.process_iter(["ppid"]))
        level = self.alive()
        while level:
            children = {process for process in running if process.info["ppid"] in level} - self._members
            self._members |= children
            level = {process.pid for process in children}

    def alive(self) -> set[int]:
        """Return the ids of the members that still run."""
        return {process.pid for process in self._members if _is_alive(process)}

    def send(self, number: int) -> None:
        """Send a signal to every member that still runs."""
        for process in self._members:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                process.send_signal(number)


def _is_alive(process: psutil.Process) -> bool:
    """Tell whether a process runs and has not ended."""
    try:
        return process.is_running() and process.status() not in _ENDED
    except psutil.NoSuchProcess:
        return False
