"""JupyterHub's configuration from the settings: a function a concern, each given the configuration object."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from swarm_hub.database import SQLITE_NAME, use_sqlite
from swarm_hub.hub_parts import begin, maintenance_sentence
from swarm_hub.hub_services import update_services
from swarm_hub.login import update_login
from swarm_hub.secrets import Secrets
from swarm_hub.service_spec import HOME
from swarm_hub.settings import HubSettings
from swarm_hub.start_hooks import at_start
from swarm_hub.user_domains import domain_of, tell_hosts, user_domains

log = logging.getLogger("swarm_hub.configuration")

# Names of the containers in the Swarm's network, as the cookbook's recipe gives them.
HUB = "http://jupyterhub:8081"
PROXY_API = "http://jupyterhub-proxy:8001"
PROXY = "http://jupyterhub-proxy:8000"
# Pages that differ from JupyterHub's.
TEMPLATES = Path(__file__).resolve().parent / "templates"


def configure(
    c: Any, settings: HubSettings, secrets: Secrets, *, all_have_domains: Callable[[], bool] = lambda: False
) -> None:
    """Set everything. Nothing is read from anywhere but the arguments.

    ``all_have_domains`` tells whether no notebook server runs on the hub's own host; it may ask the engine.
    """
    update_hub(c, settings)
    update_user_domains(c, settings, all_have_domains)
    update_proxy(c)
    update_http_client(c)
    update_spawner(c, settings)
    update_services(c, settings, secrets, proxy_url=PROXY)
    update_login(c, settings.hub.login, settings.hub_hostname, secrets)
    update_parts(c, begin, maintenance_sentence)


def update_hub(c: Any, settings: HubSettings) -> None:
    """Set addresses, database, limits and cookies."""
    hub = settings.hub
    c.JupyterHub.hub_bind_url = "http://0.0.0.0:8081"
    c.JupyterHub.hub_connect_url = HUB
    c.JupyterHub.public_url = f"https://{settings.hub_hostname}/"
    use_sqlite(c, Path(settings.state_folder) / SQLITE_NAME)
    # A restarted hub finds the running servers again, and leaves them alone when it ends.
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.allow_named_servers = False
    # Admission is the desk's: this only keeps a crowd from starting everything in the same second.
    c.JupyterHub.active_server_limit = 0
    c.JupyterHub.concurrent_spawn_limit = max(100, hub.max_users)
    c.JupyterHub.authenticate_prometheus = True
    c.JupyterHub.tornado_settings = {
        # How long a request for a start waits before the page with its progress is shown, in seconds.
        "slow_spawn_timeout": 1,
        "cookie_options": {"secure": True, "samesite": "Lax"},
    }
    c.JupyterHub.init_spawners_timeout = 30


def update_user_domains(c: Any, settings: HubSettings, all_have_domains: Callable[[], bool]) -> None:
    """Route by host name; :mod:`swarm_hub.user_domains` says which host a server has."""
    c.JupyterHub.subdomain_host = f"https://{settings.hub_hostname}"
    c.JupyterHub.subdomain_hook = domain_of
    user_domains().own = settings.own_domains
    # Once no server is left on the hub's host, the hub's cookie is one that no page of a user's domain can replace.
    c.JupyterHub.cookie_host_prefix_enabled = settings.own_domains and all_have_domains()
    at_start(c, tell_hosts)


def update_proxy(c: Any) -> None:
    """Use the proxy that runs as a service of its own, so that connections outlive a restart of the hub."""
    c.JupyterHub.bind_url = "http://0.0.0.0:8000"
    # It looks whether the proxy was restarted, and is no reason for another restart.
    c.JupyterHub.proxy_class = "swarm_hub.watched_proxy.WatchedProxy"
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = PROXY_API
    c.JupyterHub.cleanup_proxy = False


def update_http_client(c: Any) -> None:
    """Let no resolver remember a server's old address: Docker gives a restarted server a new one at once."""
    # aiodns keeps answers for as long as Docker's DNS says, 600 s; the system's resolver asks each time.
    aiohttp.connector.DefaultResolver = aiohttp.ThreadedResolver  # type: ignore[attr-defined]
    c.JupyterHubHTTPClient.connector_options = {"use_dns_cache": False}
    c.JupyterHubHTTPClient.session_options = {"timeout": aiohttp.ClientTimeout(total=30, sock_connect=3)}


def update_parts(c: Any, begin: Callable[[Any], None], maintenance: Callable[[], str]) -> None:
    """Begin what runs beside the hub when it starts, and let all pages say that there is maintenance."""
    at_start(c, begin)
    c.JupyterHub.template_paths = [str(TEMPLATES)]
    c.JupyterHub.template_vars = {"maintenance": quietly(maintenance)}


def quietly(sentence: Callable[[], str]) -> Callable[[Any], str]:
    """Return the function as JupyterHub calls it for each page; it never fails, as while Docker is away."""

    def said(_user: Any) -> str:
        try:
            return sentence()
        except Exception as error:
            log.warning("whether there is maintenance is not known: %s", error)
            return ""

    return said


def update_spawner(c: Any, settings: HubSettings) -> None:
    """Start servers as Swarm services; what the service looks like stands in :mod:`swarm_hub.service_spec`."""
    hub = settings.hub
    c.JupyterHub.spawner_class = "swarm_hub.spawner.HubSwarmSpawner"
    c.Spawner.cmd = ["jupyterhub-singleuser"]
    c.Spawner.notebook_dir = HOME
    c.Spawner.default_url = "/lab"
    c.Spawner.mem_limit = hub.user_memory
    c.Spawner.mem_guarantee = hub.user_memory
    c.Spawner.cpu_limit = hub.user_cpus
    # The desk and the spawner end their waits themselves, with a reason; these are the last resort.
    c.Spawner.start_timeout = hub.growth_timeout_seconds + hub.start_timeout_seconds + 60
    c.Spawner.http_timeout = 60
    c.Spawner.poll_interval = 20
    # A cluster that is full or broken must not end the hub for those who work.
    c.Spawner.consecutive_failure_limit = 0
    c.DockerSpawner.use_internal_hostname = True
    c.DockerSpawner.image = hub.notebook_image
    c.DockerSpawner.network_name = settings.network
