"""End in good order on Ctrl-C, SIGTERM and a closed terminal."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stopping_in_order() -> Iterator[None]:
    """Turn the first signal into an exception that unwinds everything; ignore the ones that follow.

    A second Ctrl-C would else interrupt the very clean-up that ends the processes; that takes seconds only.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        for each in _STOPPING:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    previous = {number: signal.signal(number, stop) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
