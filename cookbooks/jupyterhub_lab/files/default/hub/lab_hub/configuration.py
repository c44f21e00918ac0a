"""A Lab hub's configuration of JupyterHub: one function per concern, each given the configuration object.

Whom a request comes from is believed as the balancer says it. The balancer appends the client's address to
``X-Forwarded-For`` and sets ``X-Forwarded-Proto``; the proxy adds nothing. So the last address is the client's, whatever
the client wrote before it. Other headers with a meaning for Tornado or JupyterHub pass the balancer as the client sent
them, and are taken off here.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tornado import httpserver
from tornado.httputil import HTTPHeaders

import lab_hub
from hub_common.configuration import (
    add_helpers,
    add_service,
    update_common,
    update_proxy,
    update_shared_services,
)
from hub_common.database import SQLITE_NAME
from hub_common.login import update_login
from hub_common.services import StartedOnce
from hub_common.settings import Secrets, SettingsError
from lab_hub.sending_on import send_on
from lab_hub.services import LabServices
from lab_hub.settings import (
    AGENT_TOKEN_FILE,
    LIVE_NAMES,
    PROXY_API,
    START_SECONDS,
    STATE_FOLDER,
    LabSettings,
    MachineImage,
)

AGENT = "session-agent"
AGENT_SCOPES = ["list:users", "read:servers", "read:users:activity", "read:metrics"]
# On its way into a warm pool an instance forgets its users, and its hub starts anew.
POOL_SCOPES = ["delete:users", "shutdown"]
# Tornado would believe X-Real-Ip and X-Scheme before the balancer's own, JupyterHub Forwarded.
NOT_THE_BALANCERS = ("X-Real-Ip", "X-Scheme", "Forwarded", "X-Forwarded-Host")


def trust_only_the_balancers_headers() -> None:
    """Make Tornado take off the other headers before it looks who is asking; for this process, once."""
    context = httpserver._HTTPRequestContext
    believe = context._apply_xheaders
    if getattr(believe, "of_the_lab", False):
        return

    def apply(self: httpserver._HTTPRequestContext, headers: HTTPHeaders) -> None:
        for name in NOT_THE_BALANCERS:
            if name in headers:
                del headers[name]
        believe(self, headers)

    apply.of_the_lab = True  # type: ignore[attr-defined]
    context._apply_xheaders = apply  # type: ignore[method-assign]


def configure(
    c: Any,
    settings: LabSettings,
    image: MachineImage,
    secrets: Secrets,
    *,
    services: StartedOnce[LabServices],
    agent_token_file: Path = AGENT_TOKEN_FILE,
) -> None:
    """Set everything. Beside the arguments only the agent's token is read. All spawners share ``services``."""
    update_common(c)
    update_hub(c, settings, image)
    update_proxy(c, listen=f"http://0.0.0.0:{settings.hub_port}", api_url=PROXY_API)
    update_spawner(c, settings, image)
    c.LabDockerSpawner.shared_services = services
    update_helpers(c, settings, secrets, agent_token_file)
    update_login(c, settings.hub.login, settings.domain, secrets)
    update_shared_services(c, services)
    trust_only_the_balancers_headers()
    if settings.spare is not None:
        send_on(lambda: services.get().sending_on)


def update_hub(c: Any, settings: LabSettings, image: MachineImage) -> None:
    """Set addresses and database."""
    c.JupyterHub.hub_bind_url = image.hub_url
    c.JupyterHub.hub_connect_url = image.hub_url
    c.JupyterHub.public_url = f"https://{settings.domain}/"
    c.JupyterHub.db_url = f"sqlite:///{STATE_FOLDER}/{SQLITE_NAME}"
    # The session agent counts by it.
    c.JupyterHub.last_activity_interval = 60


def update_spawner(c: Any, settings: LabSettings, image: MachineImage) -> None:
    """Start servers as containers; what they look like stands in :mod:`lab_hub.containers`."""
    c.JupyterHub.spawner_class = "lab_hub.spawner.LabDockerSpawner"
    c.Spawner.mem_limit = settings.user_memory
    c.Spawner.cpu_limit = settings.hub.user_cpus
    c.Spawner.start_timeout = START_SECONDS + 30  # the spawner ends its wait itself, with a reason
    c.Spawner.http_timeout = 30
    c.DockerSpawner.image = image.notebook_image
    # It is in the machine image, so starts work while a registry is away.
    c.DockerSpawner.pull_policy = "never"
    c.DockerSpawner.network_name = image.network
    c.DockerSpawner.use_internal_ip = True
    c.DockerSpawner.remove = True


def update_helpers(c: Any, settings: LabSettings, secrets: Secrets, agent_token_file: Path) -> None:
    """Declare the session agent, which runs outside of the hub, and the helpers that the Chef hub has too."""
    try:
        token = agent_token_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        problem = f"{error.strerror}: the unit jupyterhub-lab-prepare makes it"
        raise SettingsError(str(agent_token_file), [problem]) from error
    scopes = [*AGENT_SCOPES, *(POOL_SCOPES if settings.launching_hook else ())]
    add_service(c, {"name": AGENT, "api_token": token}, "Count the sessions of this instance", scopes)
    add_helpers(
        c,
        names=LIVE_NAMES,
        keeper_module="lab_hub.keeper",
        folder=Path(lab_hub.__path__[0]).parent,
        proxy_url=f"http://127.0.0.1:{settings.hub_port}",
        idle_minutes=settings.hub.idle_timeout_minutes,
        metrics_token=secrets.metrics_token,
    )
