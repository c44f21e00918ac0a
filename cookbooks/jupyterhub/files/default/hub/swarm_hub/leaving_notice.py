"""What users read on the hub's pages while AWS is about to take back the spot worker of their server.

AWS gives two minutes: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

from hub_common.names import service_name
from swarm_hub.cluster import Cluster


class LeavingNotice:
    """Knows the cluster as it was last seen. May be told of it in another thread."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._cluster: Cluster | None = None

    def see(self, cluster: Cluster) -> None:
        """Take note of the cluster."""
        self._cluster = cluster

    def sentence(self, user: str) -> str:
        """Return the warning for a user, nothing where their server has no worker that leaves."""
        at = None if self._cluster is None else self._cluster.leaving_at(service_name(user))
        if at is None:
            return ""
        left = (at - self._now()).total_seconds()
        when = f"in {_minutes(left)} (at {at:%H:%M} UTC)" if left > 0 else "now"
        return (
            f"AWS takes back the machine of your server {when}. Save your notebooks: what runs in them ends. Your saved "
            "files are safe, and your server starts again on another machine."
        )


def _minutes(seconds: float) -> str:
    minutes = math.ceil(seconds / 60)
    return "less than a minute" if seconds < 60 else f"less than {minutes} minutes"
