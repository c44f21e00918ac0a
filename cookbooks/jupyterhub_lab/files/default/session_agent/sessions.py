"""What is a session, and which count as active."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from session_agent.hub import Server


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """``running`` are protected and waited for; ``active`` are what the group scales on."""

    running: int
    active: int


def count(servers: Sequence[Server], activity_minutes: float, now: datetime) -> Sessions:
    """Count the servers of users; with 0 minutes every running one is active.

    A server whose activity is not known, or lies in the future because the clock was set back, is active.
    """
    if not activity_minutes:
        return Sessions(running=len(servers), active=len(servers))
    since = now - timedelta(minutes=activity_minutes)
    active = [
        server for server in servers if server.last_activity is None or _utc(server.last_activity) > since
    ]
    return Sessions(running=len(servers), active=len(active))


def _utc(moment: datetime) -> datetime:
    """Take a moment without a zone as UTC, as the hub means it."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
