"""The hub's helpers and what each may do: least scopes, one role a service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import swarm_hub
from swarm_hub.secrets import Secrets
from swarm_hub.settings import HubSettings

CULLER = "idle-culler"
KEEPER = "keeper"
SCRAPER = "metrics"
CULLER_SCOPES = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
KEEPER_SCOPES = ["list:users", "read:users:activity", "read:servers", "users:activity", "access:servers"]
SCRAPER_SCOPES = ["read:metrics"]


def update_services(c: Any, settings: HubSettings, secrets: Secrets, *, proxy_url: str) -> None:
    """Declare the services and their roles. The culler runs unless idle servers are to stay for ever."""
    services = [_keeper(settings, proxy_url)]
    roles = [_role(KEEPER, "See whether kernels work, and find servers that nobody owns", KEEPER_SCOPES)]
    if settings.hub.idle_timeout_minutes:
        services.append(_culler(settings.hub.idle_timeout_minutes * 60))
        roles.append(_role(CULLER, "Stop servers that are idle", CULLER_SCOPES))
    if secrets.metrics_token:
        services.append({"name": SCRAPER, "api_token": secrets.metrics_token})
        roles.append(_role(SCRAPER, "Read the metrics", SCRAPER_SCOPES))
    c.JupyterHub.services = services
    c.JupyterHub.load_roles = roles


def _keeper(settings: HubSettings, proxy_url: str) -> dict[str, Any]:
    return {
        "name": KEEPER,
        "command": [sys.executable, "-m", "swarm_hub.keeper"],
        "environment": {
            "PYTHONPATH": str(Path(swarm_hub.__path__[0]).parent),
            "CHEF_HUB_PROXY_URL": proxy_url,
            "CHEF_HUB_IDLE_SECONDS": str(settings.hub.idle_timeout_minutes * 60),
        },
    }


def _culler(seconds: int) -> dict[str, Any]:
    # It looks often enough that nobody's server lives a tenth longer than configured.
    every = max(30, min(300, seconds // 10))
    options = [f"--timeout={seconds}", f"--cull-every={every}"]
    return {"name": CULLER, "command": [sys.executable, "-m", "jupyterhub_idle_culler", *options]}


def _role(service: str, description: str, scopes: list[str]) -> dict[str, Any]:
    return {"name": service, "description": description, "scopes": scopes, "services": [service]}
