"""The hub's helpers and what each may do: least scopes, one role a service."""

from __future__ import annotations

import sys
from collections.abc import Mapping
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
    """Declare the services and their roles."""
    add_helpers(
        c,
        keeper_module="swarm_hub.keeper",
        folders=[Path(swarm_hub.__path__[0]).parent],
        proxy_url=proxy_url,
        idle_minutes=settings.hub.idle_timeout_minutes,
        metrics_token=secrets.metrics_token,
        keeper_environment={
            "CHEF_HUB_NOTEBOOK_IMAGE": settings.hub.notebook_image,
            "CHEF_HUB_NETWORK": settings.network,
        },
    )


def add_helpers(
    c: Any,
    *,
    keeper_module: str,
    folders: list[Path],
    proxy_url: str,
    idle_minutes: int,
    metrics_token: str,
    keeper_environment: Mapping[str, str] | None = None,
) -> None:
    """Declare keeper, culler (unless idle servers are to stay for ever) and scraper (where there is a token for it).

    ``folders`` is where Python finds the keeper's module and what it imports; ``keeper_environment`` are further
    variables of the keeper.
    """
    environment = {
        "PYTHONPATH": ":".join(str(folder) for folder in folders),
        "CHEF_HUB_PROXY_URL": proxy_url,
        "CHEF_HUB_IDLE_SECONDS": str(idle_minutes * 60),
        **(keeper_environment or {}),
    }
    keeper = {"name": KEEPER, "command": [sys.executable, "-m", keeper_module], "environment": environment}
    add_service(c, keeper, "See whether kernels work, and find servers that nobody owns", KEEPER_SCOPES)
    if idle_minutes:
        add_service(c, _culler(idle_minutes * 60), "Stop servers that are idle", CULLER_SCOPES)
    if metrics_token:
        add_service(c, {"name": SCRAPER, "api_token": metrics_token}, "Read the metrics", SCRAPER_SCOPES)


def add_service(c: Any, service: dict[str, Any], purpose: str, scopes: list[str]) -> None:
    """Declare a service, and the role of its name that gives it these scopes."""
    role = {"name": service["name"], "description": purpose, "scopes": scopes, "services": [service["name"]]}
    c.JupyterHub.services = [*(c.JupyterHub.get("services") or []), service]
    c.JupyterHub.load_roles = [*(c.JupyterHub.get("load_roles") or []), role]


def _culler(seconds: int) -> dict[str, Any]:
    # It looks often enough that nobody's server lives a tenth longer than configured.
    every = max(30, min(300, seconds // 10))
    options = [f"--timeout={seconds}", f"--cull-every={every}"]
    return {"name": CULLER, "command": [sys.executable, "-m", "jupyterhub_idle_culler", *options]}
