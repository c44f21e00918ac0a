"""JupyterHub's configuration: settings from the file that Chef writes, secrets from the environment."""

import os

from swarm_hub.configuration import configure
from swarm_hub.docker_calls import connect
from swarm_hub.hub_parts import settings_file
from swarm_hub.secrets import read_secrets
from swarm_hub.settings import load_settings
from swarm_hub.user_domains import all_have_domains

settings = load_settings(settings_file())
configure(
    get_config(),  # type: ignore[name-defined]  # noqa: F821
    settings,
    read_secrets(os.environ, settings.hub.login),
    all_have_domains=lambda: all_have_domains(connect),
)
