"""How tests wait: for a condition, never for a length of time, and patiently, because the machine may be busy."""

import time
from collections.abc import Callable

PATIENCE = 300.0  # seconds; only a test that fails waits so long
SCENARIO_PATIENCE = 6 * PATIENCE  # for all that a user does, one after the other
PAUSE = 0.01
REST = 4


def wait_until(condition: Callable[[], object], what: str, *, patience: float = PATIENCE) -> None:
    """Return once the condition holds; fail with ``what`` did not happen."""
    deadline = time.monotonic() + patience
    while True:
        began = time.monotonic()
        if condition():
            return
        now = time.monotonic()
        if now > deadline:
            raise AssertionError(f"{what}: not within {patience:.0f} s")
        time.sleep(pause_after(now - began))


def pause_after(took: float) -> float:
    """Return how long to wait after a look that took so many seconds: looks leave most of a processor to what is waited for."""
    return max(PAUSE, REST * took)
