"""For all tests on real hosts: whatever ends them early, what they started is stopped."""

import signal

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Take a request to end as Ctrl-C is taken: fixtures still stop their hosts."""
    del config
    signal.signal(signal.SIGTERM, signal.default_int_handler)
