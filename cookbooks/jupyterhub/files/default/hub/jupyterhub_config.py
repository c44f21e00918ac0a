"""JupyterHub's configuration: settings from the file that Chef writes, secrets from the environment.

A function a concern, each given the configuration object and the settings; nothing is read from anywhere else.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

GIB = 1024**3
HUB_ADDRESS = "jupyterhub"
PROXY_API = "http://jupyterhub-proxy:8001"


def read_settings() -> dict[str, Any]:
    """Return the settings that Chef wrote; ``CHEF_HUB_SETTINGS`` names another file."""
    path = Path(os.environ.get("CHEF_HUB_SETTINGS", "/etc/jupyterhub/settings.json"))
    settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return settings


def update_hub(c: Any, settings: dict[str, Any]) -> None:
    """Set addresses, database, and a proxy that runs as a service of its own."""
    c.JupyterHub.bind_url = "http://0.0.0.0:8000"
    c.JupyterHub.hub_bind_url = "http://0.0.0.0:8081"
    c.JupyterHub.hub_connect_url = f"http://{HUB_ADDRESS}:8081"
    c.JupyterHub.db_url = f"sqlite:///{settings['state_folder']}/jupyterhub.sqlite"
    c.JupyterHub.cleanup_servers = False  # a restarted hub finds running servers again
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = PROXY_API


def update_spawner(c: Any, settings: dict[str, Any]) -> None:
    """Start notebook servers as Swarm services on workers that are ready, each with its user's directory."""
    hub = settings["hub"]
    c.JupyterHub.spawner_class = "dockerspawner.SwarmSpawner"
    c.SwarmSpawner.image = hub["notebook_image"]
    c.SwarmSpawner.network_name = settings["network"]
    c.SwarmSpawner.mem_limit = int(hub["user_memory_gib"] * GIB)
    c.SwarmSpawner.mem_guarantee = int(hub["user_memory_gib"] * GIB)
    c.SwarmSpawner.cpu_limit = float(hub["user_cpus"])
    c.SwarmSpawner.start_timeout = hub["start_timeout_seconds"]
    c.SwarmSpawner.volumes = {f"{settings['users_folder']}/{{username}}": "/home/jovyan"}
    c.SwarmSpawner.extra_placement_spec = {
        "constraints": ["node.role==worker", "node.labels.chef-hub.ready==true"]
    }
    c.SwarmSpawner.extra_endpoint_spec = {"mode": "dnsrr"}


def update_limits(c: Any, settings: dict[str, Any]) -> None:
    """Limit the users at once."""
    c.JupyterHub.active_server_limit = settings["hub"]["max_users"]


def update_login(c: Any, settings: dict[str, Any]) -> None:
    """Choose the identity provider; nobody gets in where none is set."""
    login = settings["hub"]["login"]
    kind = login["authenticator"]
    c.JupyterHub.authenticator_class = {
        "none": "null",
        "test": "dummy",
        "github": "github",
        "google": "google",
    }.get(kind, "generic-oauth")
    c.Authenticator.allow_all = login["allow_all"]
    c.Authenticator.allowed_users = set(login["allowed_users"])
    c.Authenticator.admin_users = set(login["admin_users"])
    if kind == "test":
        c.DummyAuthenticator.password = os.environ["CHEF_HUB_TEST_PASSWORD"]
    elif kind != "none":
        update_oauth(c, settings, login)


def update_oauth(c: Any, settings: dict[str, Any], login: dict[str, Any]) -> None:
    """Set client, endpoints, claims and groups of an OAuth or OpenID Connect provider."""
    c.OAuthenticator.oauth_callback_url = f"https://{settings['hub_hostname']}/hub/oauth_callback"
    c.OAuthenticator.client_id = os.environ["CHEF_HUB_OAUTH_CLIENT_ID"]
    c.OAuthenticator.client_secret = os.environ["CHEF_HUB_OAUTH_CLIENT_SECRET"]
    for name in ("authorize_url", "token_url", "userdata_url", "username_claim"):
        if login[name]:
            setattr(c.OAuthenticator, name, login[name])
    if login["scopes"]:
        c.OAuthenticator.scope = login["scopes"]
    if login["groups_claim"]:
        c.Authenticator.manage_groups = True
        c.OAuthenticator.auth_state_groups_key = f"oauth_user.{login['groups_claim']}"
    c.OAuthenticator.allowed_groups = set(login["allowed_groups"])
    c.OAuthenticator.admin_groups = set(login["admin_groups"])


def configure(c: Any) -> None:
    """Set everything."""
    settings = read_settings()
    for update in (update_hub, update_spawner, update_limits, update_login):
        update(c, settings)


configure(get_config())  # noqa: F821  # JupyterHub puts it there
