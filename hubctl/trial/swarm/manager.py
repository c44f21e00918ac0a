"""The process that holds a trial cluster which outlives the command that started it.

``python -m hubctl.trial.swarm.manager``; `hubctl local-swarm up` starts it and `down` ends it. What it does stands in
its log, and once the cluster is up, ``cluster.json`` (for root only) says how to use it.
"""

import json
import os
import sys

from hubctl.core.errors import HubctlError
from hubctl.core.files import write_whole
from hubctl.core.stopping import Stopped, stopping_in_order, told_to_stop
from hubctl.trial.hosts.cookbook_files import CERTIFICATE_FOLDER
from hubctl.trial.hosts.host import start_ticks
from hubctl.trial.hosts.manager_files import ManagerFiles
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.settings import HOSTNAME, STATE, LocalSwarmSettings


def main() -> int:
    """Start the cluster, hold it until a signal ends it, stop it."""
    files = ManagerFiles(state=STATE)
    files.process.write_text(f"{os.getpid()} {start_ticks(os.getpid())}", encoding="utf-8")
    files.cluster.unlink(missing_ok=True)
    try:
        with stopping_in_order(), Cluster(LocalSwarmSettings(), tell=_say) as cluster:
            with told_to_stop() as ended:
                describe_cluster(files, cluster)
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


def describe_cluster(files: ManagerFiles, cluster: Cluster) -> None:
    """Write down how to use a cluster that is up."""
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
