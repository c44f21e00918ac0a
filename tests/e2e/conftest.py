"""For all tests on real hosts, which the tests of a folder share. Whatever ends them early, what they started is stopped."""

import signal

import pytest


@pytest.fixture
def nothing_is_left_behind() -> None:
    """Take the place of the fixture that looks for leftovers: hosts that a test starts belong to its folder."""


def pytest_configure(config: pytest.Config) -> None:
    """Take a request to end as Ctrl-C is taken: fixtures still stop their hosts."""
    del config
    signal.signal(signal.SIGTERM, signal.default_int_handler)
