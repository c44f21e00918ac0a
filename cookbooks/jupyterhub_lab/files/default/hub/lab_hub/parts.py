"""What all spawners of the instance share: settings, the desk, the watch over disk and directories."""

from __future__ import annotations

import asyncio
import functools
import os
from dataclasses import dataclass, field
from pathlib import Path

from lab_hub import metrics
from lab_hub.admission import places
from lab_hub.containers import Containers, connect
from lab_hub.desk import Desk
from lab_hub.facts import DRAINING_FLAG, STATE_FOLDER, instance_file
from lab_hub.settings import GIB, LabSettings, load_settings
from swarm_hub.accounting import Accounting
from swarm_hub.admission import Disk
from swarm_hub.first_answer import FirstAnswers
from swarm_hub.maintenance import Maintenance, parameter_reader
from swarm_hub.shared_disk import SharedDisk, against_quotas, measure


@dataclass(frozen=True, kw_only=True)
class LabParts:
    """The parts, started."""

    settings: LabSettings
    desk: Desk
    accounting: Accounting
    disk: SharedDisk
    maintenance: Maintenance
    answers: FirstAnswers = field(default_factory=FirstAnswers)


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


@functools.cache
def lab_parts() -> LabParts:
    """Return the parts of this process, made at the first call, within JupyterHub's event loop."""
    return make_parts(load_settings(instance_file()), Containers(connect()))


def begin(_app: object) -> None:
    """Make the parts when the hub starts: what they watch is known, and shown by the metrics, before the first start."""
    lab_parts()


def maintenance_sentence() -> str:
    """Return the sentence that pages show while no servers start."""
    return lab_parts().maintenance.sentence()


def make_parts(
    settings: LabSettings, containers: Containers, *, state_folder: Path = STATE_FOLDER
) -> LabParts:
    """Make and start the parts for these settings."""
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
    desk = Desk(
        user_memory=settings.user_memory,
        memory=memory,
        draining_flag=DRAINING_FLAG,
        see_servers=lambda: asyncio.to_thread(containers.names),
        see_disk=disk.state,
        on_refusal=metrics.note_refusal,
        closed=maintenance.sentence,
    )
    disk.start()
    accounting.start()
    maintenance.start()
    metrics.watch(desk.places, disk.state, maintenance.sentence)
    return LabParts(settings=settings, desk=desk, accounting=accounting, disk=disk, maintenance=maintenance)
