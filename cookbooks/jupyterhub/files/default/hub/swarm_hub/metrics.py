"""Prometheus metrics of the hub's own, beside JupyterHub's at /hub/metrics: capacity, promises, decisions, disk."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Counter, Gauge

from swarm_hub.admission import Decision, Disk, Refuse, Situation, Start
from swarm_hub.user_domains import UserDomains

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
DISK_LIMIT = Gauge(
    "chef_hub_disk_limit_percent", "How much of the limit on files is used; 100: starts are refused"
)
DISK_ANSWERS = Gauge("chef_hub_shared_disk_answers", "1 while the shared file system answers")
MAINTENANCE = Gauge("chef_hub_maintenance", "1 while only administrators start servers")
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


def watch_disk(state: Callable[[], Disk], disk_percent: int) -> None:
    """Show the shared file system as it was last heard of whenever the metrics are read."""
    DISK_LIMIT.set_function(lambda: state().limit_percent(disk_percent))
    DISK_ANSWERS.set_function(lambda: float(state().answers))
    DISK_USED.set_function(lambda: state().used)
    DISK_CAPACITY.set_function(lambda: state().capacity or state().allowed)


def watch_maintenance(sentence: Callable[[], str]) -> None:
    """Show whether there is maintenance whenever the metrics are read."""
    MAINTENANCE.set_function(lambda: float(bool(sentence())))


def watch_directories(counts: Callable[[], dict[str, int]]) -> None:
    """Show number and size of the user directories whenever the metrics are read."""
    DIRECTORIES.set_function(lambda: len(counts()))
    DIRECTORY_BYTES.set_function(lambda: sum(counts().values()))


def watch_domains(domains: UserDomains) -> None:
    """Show which hosts servers get, and how many still have those of before, whenever the metrics are read."""
    USER_DOMAINS.set_function(lambda: float(domains.own))
    OTHER_HOSTS.set_function(lambda: domains.others)
