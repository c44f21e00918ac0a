"""Every command ends in good order on Ctrl-C, SIGTERM and a closed terminal: by one mechanism."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(SystemExit):
    """SIGTERM or SIGHUP arrived. Unwinds everything, and ends the process with 128 + the signal's number."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal_name = signal.Signals(number).name


@contextmanager
def stopping_in_order() -> Iterator[None]:
    """Turn the first signal into an exception that unwinds everything; ignore the ones that follow.

    Ctrl-C becomes KeyboardInterrupt, the others Stopped. A second Ctrl-C would else interrupt the very clean-up that ends
    the processes; that takes seconds only. SIGHUP stays ignored below ``nohup``. A SIGINT that is sent on purpose counts also
    where a script has started this in the background, and so ignores Ctrl-C.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        _ignore()
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise Stopped(number)

    with _handling(stop):
        yield


@contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """Give an event that any of the signals sets, for what serves until it is told to stop.

    Inside of :func:`stopping_in_order` no further signal interrupts the clean-up that follows then.
    """
    stopped = threading.Event()
    with _handling(lambda *_: stopped.set()):
        yield stopped
    if stopped.is_set():
        _ignore()


def run_in_foreground(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    stdout: int | None = None,
) -> int:
    """Run a program that has this one's input and output; return its exit status, 128 + N when signal N ended it.

    It ends in good order too: a signal to this process is passed on, once. Ctrl-C in a terminal reaches both by itself. A
    closed terminal is passed on as SIGTERM, since Terraform would leave its lock behind. Raises OSError.
    """
    shared = sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
    running: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        del frame
        if number == signal.SIGINT and shared:
            return
        if running:
            running[0].send_signal(signal.SIGINT if number == signal.SIGINT else signal.SIGTERM)
        else:
            early.append(number)

    with _handling(pass_on):
        # Away from a terminal a new session keeps signals to the group from reaching it twice: Terraform takes the
        # second one for an order to drop everything.
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=stdout, start_new_session=not shared
        )
        running.append(process)
        for number in early:
            pass_on(number, None)
        status = process.wait()
    return 128 - status if status < 0 else status


def _ignore() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _handling(handler: "signal._HANDLER") -> Iterator[None]:
    """Handle the signals, but for an ignored SIGHUP. Python leaves signals to the main thread, so others change nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    handled = [number for number in SIGNALS if not (nohup and number == signal.SIGHUP)]
    before = {number: signal.signal(number, handler) for number in handled}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
