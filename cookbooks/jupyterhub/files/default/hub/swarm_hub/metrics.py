"""Prometheus metrics of the hub's own, beside JupyterHub's at /hub/metrics: capacity, promises, decisions, disk."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

from hub_common.admission import Refuse
from hub_common.services import SharedMetrics, SharedServices
from swarm_hub.admission import Decision, Situation, Start
from swarm_hub.settings import LIVE_NAMES
from swarm_hub.user_domains import UserDomains

SHARED = SharedMetrics(LIVE_NAMES)

DECISIONS = Counter(
    "chef_hub_admission_decisions_total",
    "Decisions about starts; reason is the limit of a refusal",
    ["decision", "reason"],
)
PROMISED = Gauge("chef_hub_promised_memory_bytes", "Memory that running notebook servers are promised")
WORKERS = Gauge("chef_hub_workers", "Workers in the Swarm, by whether they take users", ["ready"])
WORKER_MEMORY = Gauge("chef_hub_worker_memory_bytes", "Memory of all workers that take users")
DISK_USED = Gauge("chef_hub_shared_disk_used_bytes", "What the shared file system holds")
DISK_CAPACITY = Gauge(
    "chef_hub_shared_disk_capacity_bytes",
    "What it may hold; of one that grows, what all users are allowed; 0 where that is not known",
)
DISK_ANSWERS = Gauge("chef_hub_shared_disk_answers", "1 while the shared file system answers")
USER_DOMAINS = Gauge("chef_hub_user_domains", "1 where servers that start get a domain of their user")
OTHER_HOSTS = Gauge(
    "chef_hub_servers_with_former_host",
    "Servers that keep the kind of host that was set when they were started",
)
DIRECTORIES = Gauge("chef_hub_user_directories", "User directories whose size is known")
DIRECTORY_BYTES = Gauge("chef_hub_user_directories_bytes", "Size of all user directories as last counted")


def note_decision(decision: Decision, seen: Situation) -> None:
    """Count a decision, and show what was observed for it."""
    kind = "refuse" if isinstance(decision, Refuse) else "start" if isinstance(decision, Start) else "wait"
    reason = decision.limit if isinstance(decision, Refuse) else ""
    DECISIONS.labels(decision=kind, reason=reason).inc()
    PROMISED.set(seen.promised)
    ready = [worker for worker in seen.workers if worker.ready]
    WORKERS.labels(ready="true").set(len(ready))
    WORKERS.labels(ready="false").set(len(seen.workers) - len(ready))
    WORKER_MEMORY.set(sum(worker.memory for worker in ready))


def show(services: SharedServices, domains: UserDomains, *, disk_percent: int) -> None:
    """Show disk, directories, maintenance and hosts as they are whenever the metrics are read."""
    disk, counts = services.disk.state, services.accounting.counts
    SHARED.show(maintenance=services.maintenance.sentence, disk=disk, disk_percent=disk_percent)
    DISK_ANSWERS.set_function(lambda: float(disk().answers))
    DISK_USED.set_function(lambda: disk().used)
    DISK_CAPACITY.set_function(lambda: disk().capacity or disk().allowed)
    DIRECTORIES.set_function(lambda: len(counts()))
    DIRECTORY_BYTES.set_function(lambda: sum(counts().values()))
    USER_DOMAINS.set_function(lambda: float(domains.own))
    OTHER_HOSTS.set_function(lambda: domains.others)
