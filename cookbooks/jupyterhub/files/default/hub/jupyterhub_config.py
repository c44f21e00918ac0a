"""JupyterHub's configuration: settings from the file that Chef writes, secrets from the environment."""

import os

from swarm_hub.configuration import configure
from swarm_hub.hub_parts import settings_file
from swarm_hub.secrets import read_secrets
from swarm_hub.settings import load_settings

settings = load_settings(settings_file())
configure(get_config(), settings, read_secrets(os.environ, settings.hub.login))  # type: ignore[name-defined]  # noqa: F821
