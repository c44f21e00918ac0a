"""What all spawners of a hub share: settings, Docker, the desk, the watch over disk and directories."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from swarm_hub import metrics
from swarm_hub.accounting import Accounting
from swarm_hub.admission import Disk, Rules
from swarm_hub.desk import Desk
from swarm_hub.docker_calls import DockerCalls, connect
from swarm_hub.first_answer import FirstAnswers
from swarm_hub.growth import AutoScalingGrowth, autoscaling_client
from swarm_hub.images import ImageHistory
from swarm_hub.maintenance import Maintenance, parameter_reader
from swarm_hub.network_holder import images_in_use
from swarm_hub.settings import DEFAULT_FILE, HubSettings, load_settings
from swarm_hub.shared_disk import SharedDisk, against_quotas, measure
from swarm_hub.user_domains import user_domains
from swarm_hub.worker_protection import AutoScalingProtection, WorkerProtection


@dataclass(frozen=True, kw_only=True)
class HubParts:
    """The parts, started."""

    settings: HubSettings
    docker: DockerCalls
    desk: Desk
    accounting: Accounting
    disk: SharedDisk
    maintenance: Maintenance
    answers: FirstAnswers = field(default_factory=FirstAnswers)


def settings_file() -> Path:
    """Return where Chef writes the settings; ``CHEF_HUB_SETTINGS`` names another file."""
    return Path(os.environ.get("CHEF_HUB_SETTINGS", DEFAULT_FILE))


@functools.cache
def hub_parts() -> HubParts:
    """Return the parts of this process, made at the first call, within JupyterHub's event loop."""
    settings = load_settings(settings_file())
    client = connect()
    parts = make_parts(settings, DockerCalls(client), images_in_use(client))
    if settings.autoscaling_group:
        group = settings.autoscaling_group
        autoscaling = autoscaling_client(settings.region)
        WorkerProtection(client, AutoScalingProtection(group, autoscaling)).start()
    return parts


def begin(_app: object) -> None:
    """Make the parts when the hub starts: what they watch is known, and shown by the metrics, before the first start."""
    hub_parts()


def maintenance_sentence() -> str:
    """Return the sentence that pages show while no servers start."""
    return hub_parts().maintenance.sentence()


def make_parts(settings: HubSettings, docker: DockerCalls, in_use: Iterable[str] = ()) -> HubParts:
    """Make and start the parts for these settings; ``in_use`` are images that the hub may have used before."""
    limits = settings.hub
    accounting = Accounting(
        Path(settings.users_folder), Path(settings.state_folder) / "directory-sizes.json", all_of_them=True
    )

    def look(folder: Path) -> Disk:
        return against_quotas(
            measure(folder),
            users=max(limits.max_users, accounting.users()),
            quota=limits.user_disk,
            stored=sum(accounting.counts().values()),
        )

    disk = SharedDisk(Path(settings.shared_folder), probe=look)
    group = settings.autoscaling_group
    maintenance = Maintenance(parameter_reader(settings.parameter_prefix, settings.region))
    images = ImageHistory(Path(settings.state_folder) / "notebook-images.json")
    desk = Desk(
        rules=Rules(
            max_users=limits.max_users,
            cluster_memory=limits.cluster_memory,
            disk_percent=limits.max_disk_percent,
            user_memory=limits.user_memory,
        ),
        see_cluster=docker.cluster,
        see_disk=disk.state,
        growth=AutoScalingGrowth(group, region=settings.region) if group else None,
        growth_seconds=limits.growth_timeout_seconds,
        on_decision=metrics.note_decision,
        images=images.remember(limits.notebook_image, in_use),
        closed=maintenance.sentence,
    )
    disk.start()
    accounting.start()
    maintenance.start()
    metrics.watch_disk(disk.state, limits.max_disk_percent)
    metrics.watch_maintenance(maintenance.sentence)
    metrics.watch_directories(accounting.counts)
    metrics.watch_domains(user_domains())
    return HubParts(
        settings=settings,
        docker=docker,
        desk=desk,
        accounting=accounting,
        disk=disk,
        maintenance=maintenance,
    )
