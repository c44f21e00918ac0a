"""For all tests on real hosts, which the tests of a folder share. Whatever ends them early, what they started is stopped."""

import signal
from collections.abc import Generator
from typing import Any

import pytest

from hubctl.trial.swarm.cluster import Cluster
from tests.e2e.evidence import evidence


@pytest.fixture
def nothing_is_left_behind() -> None:
    """Take the place of the fixture that looks for leftovers: hosts that a test starts belong to its folder."""


def pytest_configure(config: pytest.Config) -> None:
    """Take a request to end as Ctrl-C is taken: fixtures still stop their hosts."""
    del config
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what its cluster says with a test that has failed."""
    report = yield
    cluster: Any = item.funcargs.get("cluster")
    if report.failed and isinstance(cluster, Cluster):
        report.sections += evidence(cluster)
    return report
