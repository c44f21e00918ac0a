"""What has to begin with the hub: functions that :mod:`swarm_hub.watched_proxy` calls when JupyterHub has started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def at_start(c: Any, *functions: Callable[[Any], None]) -> None:
    """Have the functions called once, with the application."""
    c.WatchedProxy.when_started = [*(c.WatchedProxy.get("when_started") or []), *functions]
