"""What a cluster says of itself when a test on it has failed: its hosts are gone before a reader could look."""

from hubctl.core.errors import HubctlError
from hubctl.trial.swarm.cluster import Cluster
from tests.e2e.browsers import NOTEBOOKS

LEADER_LINES = 120
WORKER_LINES = 25
QUESTIONS = (
    ("docker", "node", "ls"),
    ("docker", "service", "ls"),
    ("sh", "-c", "docker service ls -q | xargs -r docker service ps --no-trunc"),
    (
        "sh",
        "-c",
        f"for s in $(docker service ls -q {' '.join(NOTEBOOKS)}); do timeout 10 docker service logs --tail 15 $s 2>&1; done",
    ),
)


def evidence(cluster: Cluster) -> list[tuple[str, str]]:
    """Return titles and texts: what the leader's Swarm holds, and the ends of the hosts' logs."""
    leader = getattr(cluster, "leader", None)
    if leader is None:
        return []
    found = [(" ".join(question), _answer(cluster, question)) for question in QUESTIONS if leader.running()]
    found.append((f"log of {leader.name}", leader.log_tail(LEADER_LINES)))
    found += [(f"log of {worker.name}", worker.log_tail(WORKER_LINES)) for worker in cluster.workers]
    return found


def _answer(cluster: Cluster, question: tuple[str, ...]) -> str:
    try:
        return cluster.leader.run(*question)
    except HubctlError as error:
        return f"no answer: {error}"
