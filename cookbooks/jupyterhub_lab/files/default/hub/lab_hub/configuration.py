"""JupyterHub's configuration from settings and image: a function a concern, each given the configuration object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lab_hub
import swarm_hub
from lab_hub.facts import AGENT_TOKEN_FILE, PROXY_API, STATE_FOLDER, ImageFacts
from lab_hub.forwarded import believe_the_balancer_only
from lab_hub.parts import begin, maintenance_sentence
from lab_hub.settings import LabSettings
from swarm_hub.configuration import update_parts
from swarm_hub.database import SQLITE_NAME
from swarm_hub.hub_services import add_helpers, add_service
from swarm_hub.login import update_login
from swarm_hub.secrets import Secrets
from swarm_hub.service_spec import HOME
from swarm_hub.settings import SettingsError

AGENT = "session-agent"
AGENT_SCOPES = ["list:users", "read:servers", "read:users:activity", "read:metrics"]
START_SECONDS = 120


def configure(
    c: Any,
    settings: LabSettings,
    image: ImageFacts,
    secrets: Secrets,
    *,
    agent_token_file: Path = AGENT_TOKEN_FILE,
) -> None:
    """Set everything. Beside the arguments only the agent's token is read."""
    update_hub(c, settings, image)
    update_proxy(c, settings)
    update_spawner(c, settings, image)
    update_services(c, settings, secrets, agent_token_file)
    update_login(c, settings.hub.login, settings.domain, secrets)
    update_parts(c, begin, maintenance_sentence)
    believe_the_balancer_only()


def update_hub(c: Any, settings: LabSettings, image: ImageFacts) -> None:
    """Set addresses, database and cookies."""
    c.JupyterHub.hub_bind_url = image.hub_url
    c.JupyterHub.hub_connect_url = image.hub_url
    c.JupyterHub.public_url = f"https://{settings.domain}/"
    c.JupyterHub.db_url = f"sqlite:///{STATE_FOLDER}/{SQLITE_NAME}"
    # A restarted hub finds the running servers again, and leaves them alone when it ends.
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.allow_named_servers = False
    c.JupyterHub.authenticate_prometheus = True
    # The session agent counts by it.
    c.JupyterHub.last_activity_interval = 60
    c.JupyterHub.init_spawners_timeout = 30
    c.JupyterHub.tornado_settings = {
        # How long a request for a start waits before the page with its progress is shown, in seconds.
        "slow_spawn_timeout": 1,
        "cookie_options": {"secure": True, "samesite": "Lax"},
    }


def update_proxy(c: Any, settings: LabSettings) -> None:
    """Use the proxy that runs as a unit of its own, so that connections outlive a restart of the hub."""
    c.JupyterHub.bind_url = f"http://0.0.0.0:{settings.hub_port}"
    c.JupyterHub.cleanup_proxy = False
    # It looks whether the proxy was restarted, and is no reason for another restart.
    c.JupyterHub.proxy_class = "swarm_hub.watched_proxy.WatchedProxy"
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = PROXY_API


def update_spawner(c: Any, settings: LabSettings, image: ImageFacts) -> None:
    """Start servers as containers; what they look like stands in :mod:`lab_hub.container_spec`."""
    c.JupyterHub.spawner_class = "lab_hub.spawner.LabDockerSpawner"
    c.Spawner.cmd = ["jupyterhub-singleuser"]
    c.Spawner.notebook_dir = HOME
    c.Spawner.default_url = "/lab"
    c.Spawner.mem_limit = settings.user_memory
    c.Spawner.cpu_limit = settings.hub.user_cpus
    c.Spawner.start_timeout = START_SECONDS + 30  # the spawner ends its wait itself, with a reason
    c.Spawner.http_timeout = 30
    c.Spawner.poll_interval = 20
    # An instance that is full must not end the hub for those who work.
    c.Spawner.consecutive_failure_limit = 0
    c.DockerSpawner.image = image.notebook_image
    c.DockerSpawner.pull_policy = (
        "never"  # it is in the machine's image: a registry that is away stops nobody
    )
    c.DockerSpawner.network_name = image.network
    c.DockerSpawner.use_internal_ip = True
    c.DockerSpawner.remove = True


def update_services(c: Any, settings: LabSettings, secrets: Secrets, agent_token_file: Path) -> None:
    """Declare the session agent, which runs outside of the hub, and the helpers that the Chef hub has too."""
    try:
        token = agent_token_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        problem = f"{error.strerror}: the unit jupyterhub-lab-prepare makes it"
        raise SettingsError(str(agent_token_file), [problem]) from error
    add_service(c, {"name": AGENT, "api_token": token}, "Count the sessions of this instance", AGENT_SCOPES)
    add_helpers(
        c,
        keeper_module="lab_hub.keeper",
        folders=[Path(package.__path__[0]).parent for package in (lab_hub, swarm_hub)],
        proxy_url=f"http://127.0.0.1:{settings.hub_port}",
        idle_minutes=settings.hub.idle_timeout_minutes,
        metrics_token=secrets.metrics_token,
    )
