"""Hosts that have booted already: what the first boot left, handed to each test that only begins there."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.support.node_host.deployment import Deployment
from tests.support.node_host.host import NodeHost

CONTRACT = "etc/chef-hub/contract.json"


@dataclass(frozen=True, kw_only=True)
class _FirstBoot:
    """The files of the host after it, and the parameters that it wrote."""

    root: Path
    parameters: dict[str, str]


class BootedHosts:
    """A boot takes seconds, and from the same start leads to the same end: each is made once, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._boots: dict[tuple[str, ...], _FirstBoot] = {}

    def host(self, deployment: Deployment, kind: str) -> NodeHost:
        """Return a host of the deployment as its first boot leaves it.

        The deployment holds what the kind waits for: with other parameters in it, the boot is another one.
        """
        host = deployment.host(kind)
        before = _values(deployment)
        start = (kind, json.dumps(before, sort_keys=True))
        known = self._boots.get(start)
        if known is None:
            run = host.boot()
            assert run.code == 0, run.output
            root = self._folder / str(len(self._boots))
            _copy(host.root, root)
            after = _values(deployment)
            written = {name: value for name, value in after.items() if before.get(name) != value}
            self._boots[start] = _FirstBoot(root=root, parameters=written)
            return host
        # This deployment has its prefix and its services.
        shutil.rmtree(host.root)
        _copy(known.root, host.root)
        host.write(CONTRACT, json.dumps(host.contract) + "\n")
        for name, value in known.parameters.items():
            deployment.put(name, value)
        return host


def _values(deployment: Deployment) -> dict[str, str]:
    return {name: parameter["Value"] for name, parameter in deployment.parameters().items()}


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True)
