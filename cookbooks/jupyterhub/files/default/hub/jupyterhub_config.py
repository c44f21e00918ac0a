"""JupyterHub's configuration: settings from the file that Chef writes, secrets from the environment."""

import os
from pathlib import Path

from swarm_hub.configuration import configure
from swarm_hub.database import PARAMETER, SQLITE_NAME, use_postgresql
from swarm_hub.docker_calls import connect
from swarm_hub.hub_parts import settings_file
from swarm_hub.postgresql import read_address
from swarm_hub.secrets import read_secrets
from swarm_hub.settings import load_settings
from swarm_hub.user_domains import all_have_domains

settings = load_settings(settings_file())
secrets = read_secrets(os.environ, settings.hub.login)
c = get_config()  # type: ignore[name-defined]  # noqa: F821
configure(c, settings, secrets, all_have_domains=lambda: all_have_domains(connect))
if secrets.database_url:
    address = read_address(secrets.database_url, parameter=f"{settings.parameter_prefix}/{PARAMETER}")
    use_postgresql(c, address, Path(settings.state_folder) / SQLITE_NAME, os.environ)
