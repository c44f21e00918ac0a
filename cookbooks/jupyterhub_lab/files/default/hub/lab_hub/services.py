"""What all spawners of a Lab instance share: the queue for admission, the watch over disk and directories, metrics."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import Counter, Gauge

from hub_common.accounting import Accounting
from hub_common.admission import Disk, Refuse
from hub_common.maintenance import Maintenance, parameter_reader
from hub_common.services import SharedMetrics, SharedServices
from hub_common.settings import GIB
from hub_common.user_files import SharedDisk, against_quotas, measure
from lab_hub.admission import DISK_PERCENT, AdmissionQueue, places
from lab_hub.containers import Containers
from lab_hub.sending_on import SendingOn
from lab_hub.settings import DRAINING_FLAG, GROUP_FILE, LIVE_NAMES, STATE_FOLDER, LabSettings
from lab_hub.spare import SparePlaces, policy_request

SHARED_METRICS = SharedMetrics(LIVE_NAMES)
REFUSALS = Counter(
    "lab_hub_refusals_total", "Starts that were refused, by the limit that they met", ["reason"]
)
PLACES = Gauge("lab_hub_places", "Servers that this instance takes at once")
HOMES_ANSWER = Gauge("lab_hub_homes_answer", "1 while the users' directories can be reached")
HOMES_USED = Gauge("lab_hub_homes_used_bytes", "What the file system of the users' directories holds")


def note_refusal(refusal: Refuse) -> None:
    """Count a refusal."""
    REFUSALS.labels(reason=refusal.limit).inc()


def show_metrics(places: int, disk: Callable[[], Disk], maintenance: Callable[[], str]) -> None:
    """Show size, file system and maintenance whenever the metrics are read."""
    SHARED_METRICS.show(maintenance=maintenance, disk=disk, disk_percent=DISK_PERCENT)
    PLACES.set(places)
    HOMES_ANSWER.set_function(lambda: float(disk().answers))
    HOMES_USED.set_function(lambda: disk().used)


@dataclass(frozen=True, kw_only=True)
class LabServices(SharedServices):
    """The services, started."""

    settings: LabSettings
    containers: Containers
    admission: AdmissionQueue
    sending_on: SendingOn | None = None


def machine_memory() -> int:
    """Return the instance's memory in bytes; ``LAB_MEMORY_GIB`` says another size."""
    given = os.environ.get("LAB_MEMORY_GIB")
    return int(float(given) * GIB) if given else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def measure_homes(folder: Path, *, shared: bool) -> Disk:
    """Measure the file system of the homes; raise OSError when the shared one is not mounted there.

    Without that check servers would write to the instance's own disk, and lose it with the instance.
    """
    if shared and not folder.is_mount():
        raise OSError(f"no file system is mounted at {folder}")
    return measure(folder)


def start_services(
    settings: LabSettings, containers: Containers, *, state_folder: Path = STATE_FOLDER
) -> LabServices:
    """Make and start the services for these settings."""
    homes = Path(settings.homes.mount_point)
    shared = settings.homes.file_system_id is not None
    memory = machine_memory()
    accounting = Accounting(
        homes, state_folder / "directory-sizes.json", there=lambda: not shared or homes.is_mount()
    )

    def look(folder: Path) -> Disk:
        """All that lies on the shared file system are users' files; most are of users whom this instance has never seen."""
        disk = measure_homes(folder, shared=shared)
        users = max(places(memory, settings.user_memory), accounting.users())
        return against_quotas(disk, users=users, quota=settings.user_disk, stored=disk.used)

    disk = SharedDisk(homes, probe=look)
    maintenance = Maintenance(parameter_reader(settings.parameter_prefix, settings.region))
    spare = SparePlaces(settings.spare.spare_places, policy_request(settings)) if settings.spare else None
    queue = AdmissionQueue(
        user_memory=settings.user_memory,
        memory=memory,
        draining_flag=DRAINING_FLAG,
        see_servers=lambda: asyncio.to_thread(containers.names),
        see_disk=disk.state,
        on_refusal=note_refusal,
        closed=maintenance.sentence,
        on_start=spare.note if spare else lambda _free: None,
    )
    services = LabServices(
        settings=settings,
        containers=containers,
        admission=queue,
        sending_on=SendingOn(
            group_file=GROUP_FILE,
            draining_flag=DRAINING_FLAG,
            places=lambda: queue.places,
            spare=settings.spare.spare_places,
        )
        if settings.spare
        else None,
        accounting=accounting,
        disk=disk,
        maintenance=maintenance,
    )
    services.start()
    show_metrics(queue.places, disk.state, maintenance.sentence)
    return services
