"""A trial cluster for the tests of one folder, on addresses that only this folder uses: folders run side by side."""

import ipaddress
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from hubctl.core.project_folders import ROOT
from hubctl.trial.hosts.network import HostNetwork
from hubctl.trial.swarm import nodes
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.settings import STATE, LocalSwarmSettings
from tests.support.aws_cli.preloaded import PreloadedAwsCli

NEEDED = ("dockerd", "mmdebstrap", "nginx", "ip", "iptables")
# For tests of network devices (RFC 2544), routed nowhere, and apart from the ranges of the trial cluster and the Lab.
_RANGE = ipaddress.IPv4Network("198.19.0.0/24")
# No test waits for the hub's own deadlines, and a busy machine must not reach them.
USUAL = LocalSwarmSettings(
    shared_mib=512, user_memory_gib=0.5, max_users=50, start_timeout_seconds=600, growth_timeout_seconds=900
)
SECOND_DAY = replace(
    USUAL,
    state=STATE / "second-day",
    network=HostNetwork(
        bridge="hubday0", namespace_prefix="hubday-", device="hd", range=_RANGE, gateway=str(_RANGE[1])
    ),
)


class ClusterFixtures(NamedTuple):
    """What the conftest of a folder binds to these names."""

    cluster: Any
    usual_hub: Any


def cluster_fixtures(settings: LocalSwarmSettings) -> ClusterFixtures:
    """Return the fixtures of a folder whose tests share a trial cluster."""

    @pytest.fixture(scope="package")
    def cluster() -> Iterator[Cluster]:
        """Leader and two workers; the group may grow to three."""
        with running_cluster(settings) as running:
            yield running

    @pytest.fixture(scope="package")
    def usual_hub(cluster: Cluster) -> dict[str, object]:
        """The hub's settings that the cluster was started with."""
        return dict(cluster.inputs.attributes["hub"])

    return ClusterFixtures(cluster, usual_hub)


@contextmanager
def running_cluster(settings: LocalSwarmSettings) -> Iterator[Cluster]:
    """Have leader and two workers in the block; the group may grow to three. Ends the run where they cannot be started."""
    if os.geteuid() != 0:
        pytest.exit("make e2e starts hosts in namespaces and needs root", returncode=2)
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        pytest.exit(f"missing: {', '.join(missing)}; run `make system-packages`", returncode=2)
    with _preloaded_aws_cli(settings), Cluster(settings) as running:
        yield running


@contextmanager
def _preloaded_aws_cli(settings: LocalSwarmSettings) -> Iterator[None]:
    """Let the hosts call an AWS CLI that is loaded already: to load it takes most of what they compute."""
    folder = settings.state / "aws-cli"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # As the programs of the hosts have it.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        PreloadedAwsCli(folder=folder, environment=environment) as cli,
        pytest.MonkeyPatch.context() as patch,
    ):
        cli.install(folder / "bin/aws")
        patch.setattr(nodes, "aws_folder", lambda: folder / "bin")
        yield
