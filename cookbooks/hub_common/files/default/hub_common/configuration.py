"""What both hubs' configurations of JupyterHub have in common, each function given the configuration object."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hub_common.names import LiveNames
from hub_common.services import SharedServices, StartedOnce
from hub_common.user_files import HOME
from hub_common.watched_proxy import at_start

log = logging.getLogger("hub_common.configuration")


CULLER = "idle-culler"
KEEPER = "keeper"
SCRAPER = "metrics"
CULLER_SCOPES = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
KEEPER_SCOPES = ["list:users", "read:users:activity", "read:servers", "users:activity", "access:servers"]
SCRAPER_SCOPES = ["read:metrics"]
# Pages that differ from JupyterHub's.
TEMPLATES = Path(__file__).resolve().parent / "templates"


def update_common(c: Any) -> None:
    """Set what is the same for both hubs: servers outlive the hub, and pages and cookies are alike."""
    # A restarted hub finds the running servers again, and leaves them alone when it ends.
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.allow_named_servers = False
    c.JupyterHub.authenticate_prometheus = True
    c.JupyterHub.init_spawners_timeout = 30
    c.JupyterHub.tornado_settings = {
        # How long a request for a start waits before the page with its progress is shown, in seconds.
        "slow_spawn_timeout": 1,
        "cookie_options": {"secure": True, "samesite": "Lax"},
    }
    c.Spawner.cmd = ["jupyterhub-singleuser"]
    c.Spawner.notebook_dir = HOME
    c.Spawner.default_url = "/lab"
    c.Spawner.poll_interval = 20
    # Starts that fail, as where all is full, must not end the hub for those who work.
    c.Spawner.consecutive_failure_limit = 0


def update_proxy(c: Any, *, listen: str, api_url: str) -> None:
    """Use the proxy that runs as a separate service, so that connections outlive a restart of the hub."""
    c.JupyterHub.bind_url = listen
    c.JupyterHub.cleanup_proxy = False
    # This class notices that the proxy was restarted, and gives it its routes again.
    c.JupyterHub.proxy_class = "hub_common.watched_proxy.WatchedProxy"
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = api_url


def add_helpers(
    c: Any,
    *,
    names: LiveNames,
    keeper_module: str,
    folder: Path,
    proxy_url: str,
    idle_minutes: int,
    metrics_token: str,
    keeper_environment: Mapping[str, str] | None = None,
) -> None:
    """Declare keeper, culler (unless idle servers stay for ever) and scraper (where there is a token for it).

    ``folder`` is where Python finds the hub's packages; ``keeper_environment`` are further variables of the keeper,
    which get the prefix of ``names`` too.
    """
    told = {"PROXY_URL": proxy_url, "IDLE_SECONDS": str(idle_minutes * 60), **(keeper_environment or {})}
    environment = {"PYTHONPATH": str(folder), **{names.variable(name): value for name, value in told.items()}}
    keeper = {"name": KEEPER, "command": [sys.executable, "-m", keeper_module], "environment": environment}
    add_service(c, keeper, "See whether kernels work, and find servers without a user", KEEPER_SCOPES)
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
    # Often enough that no server lives more than a tenth longer than configured.
    every = max(30, min(300, seconds // 10))
    options = [f"--timeout={seconds}", f"--cull-every={every}"]
    return {"name": CULLER, "command": [sys.executable, "-m", "jupyterhub_idle_culler", *options]}


def update_shared_services(c: Any, services: StartedOnce[SharedServices]) -> None:
    """Start the services with the hub, and let all pages say that there is maintenance, or a server is about to end.

    What the services watch is then known, and shown by the metrics, before the first start of a server.
    """

    def start(_app: object) -> None:
        services.get()

    at_start(c, start)
    c.JupyterHub.template_paths = [str(TEMPLATES)]
    c.JupyterHub.template_vars = {
        "maintenance": quietly(lambda _user: services.get().maintenance.sentence()),
        "notice": quietly(lambda user: services.get().notice(user.name) if user else ""),
    }


def quietly(sentence: Callable[[Any], str]) -> Callable[[Any], str]:
    """Return the function as JupyterHub calls it for each page; it never fails, as while Docker is away."""

    def said(user: Any) -> str:
        try:
            return sentence(user)
        except Exception as error:
            log.warning("what pages have to say is not known: %s", error)
            return ""

    return said
