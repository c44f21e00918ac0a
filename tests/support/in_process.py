"""Run hubctl in this process, as its entry point does: where a separate process is not what a test is about."""

import signal
import sys
from dataclasses import dataclass

import pytest

from hubctl.cli import main

_HANDLED = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How it ended, and what it and the processes that it started wrote."""

    code: int
    output: str
    errors: str


def run_hubctl(*arguments: str, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> Ran:
    """Run ``hubctl ARGUMENTS`` to its end; ``capture`` is ``capfd``. An error that no one caught comes through as it is."""
    monkeypatch.setattr(sys, "argv", ["hubctl", *arguments])
    monkeypatch.setenv("NO_COLOR", "1")
    handlers = {number: signal.getsignal(number) for number in _HANDLED}
    capture.readouterr()  # what was written before
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    written = capture.readouterr()
    assert ended.value.code is None or isinstance(ended.value.code, int)
    return Ran(code=ended.value.code or 0, output=written.out, errors=written.err)
