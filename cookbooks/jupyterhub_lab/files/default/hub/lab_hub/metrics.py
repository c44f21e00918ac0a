"""Prometheus metrics of the Lab's own, beside JupyterHub's at /hub/metrics."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Counter, Gauge

from lab_hub.admission import DISK_PERCENT
from swarm_hub.admission import Disk, Refuse

REFUSALS = Counter(
    "lab_hub_refusals_total", "Starts that were refused, by the limit that they met", ["reason"]
)
PLACES = Gauge("lab_hub_places", "Servers that this instance takes at once")
HOMES_ANSWER = Gauge("lab_hub_homes_answer", "1 while the users' directories can be reached")
MAINTENANCE = Gauge("lab_hub_maintenance", "1 while only administrators start servers")
DISK_LIMIT = Gauge(
    "lab_hub_disk_limit_percent", "How much of the limit on files is used; 100: starts are refused"
)
HOMES_USED = Gauge("lab_hub_homes_used_bytes", "What the file system of the users' directories holds")


def note_refusal(refusal: Refuse) -> None:
    """Count a refusal."""
    REFUSALS.labels(reason=refusal.limit).inc()


def watch(places: int, disk: Callable[[], Disk], maintenance: Callable[[], str]) -> None:
    """Show size, file system and maintenance whenever the metrics are read."""
    PLACES.set(places)
    HOMES_ANSWER.set_function(lambda: float(disk().answers))
    MAINTENANCE.set_function(lambda: float(bool(maintenance())))
    DISK_LIMIT.set_function(lambda: disk().limit_percent(DISK_PERCENT))
    HOMES_USED.set_function(lambda: disk().used)
