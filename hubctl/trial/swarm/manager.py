"""The process that holds a trial cluster which outlives the command that started it.

``python -m hubctl.trial.swarm.manager``; `hubctl local-swarm up` starts it and `down` ends it. What it does stands in
its log, and once the cluster is up, ``cluster.json`` (for root only) says how to use it.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.core.errors import HubctlError
from hubctl.core.files import write_whole
from hubctl.core.stopping import Stopped, stopping_in_order, told_to_stop
from hubctl.trial.hosts.cookbook_files import CERTIFICATE_FOLDER
from hubctl.trial.hosts.host import started
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.settings import HOSTNAME, STATE, TrialSettings


@dataclass(frozen=True, kw_only=True)
class ManagerFiles:
    """Where the manager writes."""

    state: Path = STATE

    @property
    def log(self) -> Path:
        """What it says."""
        return self.state / "manager.log"

    @property
    def process(self) -> Path:
        """Its process id, and when that started."""
        return self.state / "manager.pid"

    @property
    def cluster(self) -> Path:
        """How to use the cluster; there as long as it is up."""
        return self.state / "cluster.json"

    @property
    def certificate(self) -> Path:
        """The certificate that browsers are shown, in PEM, for everybody to read."""
        return self.state / "certificate.pem"

    def running(self) -> int | None:
        """Return the manager's process id, None when there is none."""
        try:
            pid, since = self.process.read_text(encoding="utf-8").split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if started(int(pid)) == since else None

    def description(self) -> dict[str, Any] | None:
        """Return what cluster.json says, None when no cluster is up."""
        if self.running() is None or not self.cluster.exists():
            return None
        found: dict[str, Any] = json.loads(self.cluster.read_text(encoding="utf-8"))
        return found


def main() -> int:
    """Start the cluster, hold it until told to end, stop it."""
    files = ManagerFiles()
    files.process.write_text(f"{os.getpid()} {started(os.getpid())}", encoding="utf-8")
    files.cluster.unlink(missing_ok=True)
    try:
        with stopping_in_order(), Cluster(TrialSettings(), tell=_say) as cluster:
            with told_to_stop() as ended:
                _describe(files, cluster)
                ended.wait()
            files.cluster.unlink(missing_ok=True)
            _say("stopping")
    except HubctlError as error:
        _say(f"error: {error.message}\n{error.remedy}")
        return 1
    except (KeyboardInterrupt, Stopped):
        return 0
    finally:
        files.process.unlink(missing_ok=True)
    return 0


def _describe(files: ManagerFiles, cluster: Cluster) -> None:
    certificate = cluster.leader.run("cat", f"{CERTIFICATE_FOLDER}/fullchain.pem")
    write_whole(files.certificate, certificate)
    document = {
        "url": f"https://{HOSTNAME}/hub/login",
        "hostname": HOSTNAME,
        "address": cluster.leader.address,
        "password": cluster.password,
    }
    write_whole(files.cluster, json.dumps(document), mode=0o600)


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    sys.exit(main())
