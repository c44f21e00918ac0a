"""What all spawners of a Swarm hub share: Docker, the queue for admission, the watch over disk and directories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from hub_common.accounting import Accounting
from hub_common.admission import Disk
from hub_common.maintenance import Maintenance, parameter_reader
from hub_common.services import SharedServices
from hub_common.user_files import SharedDisk, against_quotas, measure
from swarm_hub import metrics, spare_windows
from swarm_hub.admission import Rules
from swarm_hub.admission_queue import AdmissionQueue
from swarm_hub.cluster import DockerCalls, connect
from swarm_hub.images import ImageHistory
from swarm_hub.keeper import images_in_use
from swarm_hub.leaving_notice import LeavingNotice
from swarm_hub.settings import HubSettings
from swarm_hub.spare import SparePlaces
from swarm_hub.spare_windows import SpareWindows
from swarm_hub.user_domains import UserDomains
from swarm_hub.worker_group import (
    AutoScalingGrowth,
    AutoScalingProtection,
    WorkerProtection,
    autoscaling_client,
)


@dataclass(frozen=True, kw_only=True)
class HubServices(SharedServices):
    """The services, started."""

    settings: HubSettings
    docker: DockerCalls
    admission: AdmissionQueue
    leaving: LeavingNotice = field(default_factory=LeavingNotice)

    def notice(self, user: str) -> str:
        """Return the warning where AWS is about to take back the worker of this user's server."""
        return self.leaving.sentence(user)


def connected_services(settings: HubSettings, domains: UserDomains) -> HubServices:
    """Return the services of a hub on a leader: with its Docker, and its workers' auto scaling group."""
    client = connect()
    services = start_services(settings, domains, DockerCalls(client), images_in_use(client))
    if settings.autoscaling_group:
        group = settings.autoscaling_group
        autoscaling = autoscaling_client(settings.region)
        spare = SparePlaces(
            count=settings.hub.spare_places,
            rules=services.admission.rules,
            growth=AutoScalingGrowth(group, region=settings.region, client=autoscaling),
            expected=services.admission.expected,
            notice=services.leaving,
            windows=SpareWindows(
                parameter_reader(settings.parameter_prefix, settings.region, spare_windows.PARAMETER)
            ),
        )
        protection = WorkerProtection(client, AutoScalingProtection(group, autoscaling), spare=spare)
        services.admission.changed = protection.look_soon
        protection.start()
    return services


def start_services(
    settings: HubSettings, domains: UserDomains, docker: DockerCalls, in_use: Iterable[str] = ()
) -> HubServices:
    """Make and start the services for these settings; ``in_use`` are images that the hub may have used before."""
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
    queue = AdmissionQueue(
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
    services = HubServices(
        settings=settings,
        docker=docker,
        admission=queue,
        accounting=accounting,
        disk=disk,
        maintenance=maintenance,
    )
    services.start()
    metrics.show(services, domains, disk_percent=limits.max_disk_percent)
    return services
