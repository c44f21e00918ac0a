"""For all tests on real hosts: the trial cluster that folders share. Whatever ends them early, what they started is stopped."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubctl.local_swarm.cluster import Cluster
from hubctl.local_swarm.settings import TrialSettings
from tests.e2e.second_day.day import Seen, show

SHARED_MIB = 512


@pytest.fixture
def nothing_is_left_behind() -> None:
    """Take the place of the fixture that looks for leftovers: hosts that a test starts belong to the whole session."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Leader and two workers; the group may grow to three."""
    if os.geteuid() != 0:
        pytest.exit("make e2e starts hosts in namespaces and needs root", returncode=2)
    missing = [
        name for name in ("dockerd", "mmdebstrap", "nginx", "ip", "iptables") if not shutil.which(name)
    ]
    if missing:
        pytest.exit(f"missing: {', '.join(missing)}; run `make system-packages`", returncode=2)
    settings = TrialSettings(
        shared_mib=SHARED_MIB, user_memory_gib=0.5, max_users=50, start_timeout_seconds=240
    )
    with Cluster(settings) as running:
        yield running


@pytest.fixture(scope="session")
def usual_hub(cluster: Cluster) -> dict[str, object]:
    """The hub's settings that the cluster was started with."""
    return dict(cluster.site.attributes["hub"])


@pytest.fixture(scope="session")
def table(project: Path) -> Iterator[list[Seen]]:
    """What people at work saw of each change, in both stacks; shown at the end, and left in build/second-day."""
    lines: list[Seen] = []
    yield lines
    show(lines, project / "build/second-day")


def pytest_configure(config: pytest.Config) -> None:
    """Take a request to end as Ctrl-C is taken: fixtures still stop their hosts."""
    del config
    signal.signal(signal.SIGTERM, signal.default_int_handler)
