"""What all spawners of a hub share: made once, handed to them through JupyterHub's configuration.

Every hub adds to :class:`SharedServices` what is its own. Its spawner has a configured trait with a
:class:`StartedOnce`, so that no module holds what belongs to one hub.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from prometheus_client import Gauge

from hub_common.accounting import Accounting
from hub_common.admission import Disk
from hub_common.maintenance import Maintenance
from hub_common.names import LiveNames
from hub_common.spawning import FirstAnswers
from hub_common.user_files import SharedDisk


@dataclass(frozen=True, kw_only=True)
class SharedServices:
    """Services that run beside both hubs, started."""

    accounting: Accounting
    disk: SharedDisk
    maintenance: Maintenance
    answers: FirstAnswers = field(default_factory=FirstAnswers)

    def start(self) -> None:
        """Start the threads that watch."""
        self.disk.start()
        self.accounting.start()
        self.maintenance.start()

    def notice(self, user: str) -> str:  # noqa: ARG002 - only some hubs have something to say
        """Return what the pages tell this user of their server, nothing where all is well."""
        return ""


Services = TypeVar("Services", bound=SharedServices, covariant=True)


class StartedOnce(Generic[Services]):
    """Services that are made and started at the first use, within JupyterHub's event loop."""

    def __init__(self, start: Callable[[], Services]) -> None:
        self._start = start
        self._services: Services | None = None

    def get(self) -> Services:
        """Return the services, the same ones to everybody."""
        if self._services is None:
            self._services = self._start()
        return self._services

    def __deepcopy__(self, _: dict[int, Any]) -> StartedOnce[Services]:
        """Return itself: traitlets copies what it configures, and a copy would start everything again."""
        return self


class SharedMetrics:
    """Prometheus metrics that both hubs have, each under its own name; made once in a process."""

    def __init__(self, names: LiveNames) -> None:
        self._maintenance = Gauge(names.metric("maintenance"), "1 while only administrators start servers")
        self._disk_limit = Gauge(
            names.metric("disk_limit_percent"),
            "How much of the limit on files is used; 100: starts are refused",
        )

    def show(self, *, maintenance: Callable[[], str], disk: Callable[[], Disk], disk_percent: int) -> None:
        """Show the maintenance, and how near the limit on files is, whenever the metrics are read."""
        self._maintenance.set_function(lambda: float(bool(maintenance())))
        self._disk_limit.set_function(lambda: disk().limit_percent(disk_percent))
