"""A Swarm hub's configuration of JupyterHub: one function per concern, each given the configuration object."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

import swarm_hub
from hub_common.configuration import add_helpers, update_common, update_proxy, update_shared_services
from hub_common.database import SQLITE_NAME, use_sqlite
from hub_common.login import update_login
from hub_common.services import StartedOnce
from hub_common.settings import Secrets
from hub_common.watched_proxy import at_start
from swarm_hub.services import HubServices
from swarm_hub.settings import LIVE_NAMES, HubSettings
from swarm_hub.user_domains import UserDomains, tell_hosts

# Names of the containers in the Swarm's network, as the cookbook's recipe gives them.
HUB = "http://jupyterhub:8081"
PROXY_API = "http://jupyterhub-proxy:8001"
PROXY = "http://jupyterhub-proxy:8000"


def configure(
    c: Any,
    settings: HubSettings,
    secrets: Secrets,
    *,
    services: StartedOnce[HubServices],
    domains: UserDomains,
    all_have_domains: Callable[[], bool] = lambda: False,
) -> None:
    """Set everything. Nothing is read from anywhere but the arguments.

    ``services`` and ``domains`` are shared by the hub and all spawners. ``all_have_domains`` tells whether no notebook
    server runs on the hub's own host; it may ask the engine.
    """
    update_common(c)
    update_hub(c, settings)
    update_user_domains(c, settings, domains, all_have_domains)
    update_proxy(c, listen="http://0.0.0.0:8000", api_url=PROXY_API)
    update_http_client(c)
    update_spawner(c, settings)
    c.HubSwarmSpawner.shared_services = services
    c.HubSwarmSpawner.user_domains = domains
    update_helpers(c, settings, secrets)
    update_login(c, settings.hub.login, settings.hub_hostname, secrets)
    update_shared_services(c, services)


def update_hub(c: Any, settings: HubSettings) -> None:
    """Set addresses, database and limits."""
    c.JupyterHub.hub_bind_url = "http://0.0.0.0:8081"
    c.JupyterHub.hub_connect_url = HUB
    c.JupyterHub.public_url = f"https://{settings.hub_hostname}/"
    use_sqlite(c, Path(settings.state_folder) / SQLITE_NAME)
    # The admission queue decides: this only keeps a crowd from starting everything in the same second.
    c.JupyterHub.active_server_limit = 0
    c.JupyterHub.concurrent_spawn_limit = max(100, settings.hub.max_users)


def update_user_domains(
    c: Any, settings: HubSettings, domains: UserDomains, all_have_domains: Callable[[], bool]
) -> None:
    """Route by host name; ``domains`` says which host a server has."""

    def tell(hub: Any) -> None:
        tell_hosts(hub, domains)

    c.JupyterHub.subdomain_host = f"https://{settings.hub_hostname}"
    c.JupyterHub.subdomain_hook = domains.domain
    # Once no server is left on the hub's host, the hub's cookie is one that no page of a user's domain can replace.
    c.JupyterHub.cookie_host_prefix_enabled = settings.own_domains and all_have_domains()
    at_start(c, tell)


def update_http_client(c: Any) -> None:
    """Let no resolver remember a server's old address: Docker gives a restarted server a new one at once."""
    # aiodns keeps answers for as long as Docker's DNS says, 600 s; the system's resolver asks each time.
    aiohttp.connector.DefaultResolver = aiohttp.ThreadedResolver  # type: ignore[attr-defined]
    c.JupyterHubHTTPClient.connector_options = {"use_dns_cache": False}
    c.JupyterHubHTTPClient.session_options = {"timeout": aiohttp.ClientTimeout(total=30, sock_connect=3)}


def update_spawner(c: Any, settings: HubSettings) -> None:
    """Start servers as Swarm services; what the service looks like stands in :mod:`swarm_hub.service_spec`."""
    hub = settings.hub
    c.JupyterHub.spawner_class = "swarm_hub.spawner.HubSwarmSpawner"
    c.Spawner.mem_limit = hub.user_memory
    c.Spawner.mem_guarantee = hub.user_memory
    c.Spawner.cpu_limit = hub.user_cpus
    # Admission queue and spawner end their waits themselves, with a reason; these are the last resort.
    c.Spawner.start_timeout = hub.growth_timeout_seconds + hub.start_timeout_seconds + 60
    c.Spawner.http_timeout = 60
    c.DockerSpawner.use_internal_hostname = True
    c.DockerSpawner.image = hub.notebook_image
    c.DockerSpawner.network_name = settings.network


def update_helpers(c: Any, settings: HubSettings, secrets: Secrets) -> None:
    """Declare the services that help the hub, and their roles."""
    add_helpers(
        c,
        names=LIVE_NAMES,
        keeper_module="swarm_hub.keeper",
        folder=Path(swarm_hub.__path__[0]).parent,
        proxy_url=PROXY,
        idle_minutes=settings.hub.idle_timeout_minutes,
        metrics_token=secrets.metrics_token,
        keeper_environment={"NOTEBOOK_IMAGE": settings.hub.notebook_image, "NETWORK": settings.network},
    )
