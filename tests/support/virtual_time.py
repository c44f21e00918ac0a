"""An event loop whose time passes only while everything waits for it: pauses and deadlines take no time, on any machine."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")
LATE = 1e-6  # seconds: a loop runs what is due only after its time, never at it


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Its clock stands still while something can run, then jumps to what is due next.

    For code that waits for pauses, for its own tasks and for threads (``asyncio.to_thread``), not for the network: an
    answer that is under way would come after every deadline.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._threads = 0
        super().__init__(_Selector(self))

    def time(self) -> float:
        """Return the virtual time, in seconds."""
        return self._now

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """Run in a thread; time stands still until it is done."""
        self._threads += 1
        work = super().run_in_executor(executor, func, *args)
        work.add_done_callback(self._thread_done)
        return work

    def _thread_done(self, _: object) -> None:
        self._threads -= 1

    def pass_time(self, seconds: float) -> bool:
        """Let time pass unless a thread works; return whether it did."""
        if self._threads:
            return False
        self._now += seconds + LATE
        return True


class _Selector(selectors.SelectSelector):
    """Asked to wait for so many seconds at most, it lets them pass on the loop's clock."""

    loop: VirtualTimeLoop

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self.loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0 and self.loop.pass_time(timeout):
            timeout = 0
        # Without anything that is due only a thread or a signal can go on; with one at work, both can.
        return super().select(None if timeout != 0 else 0)


def run_virtually(scenario: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end, as ``asyncio.run`` does, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(scenario)
