"""JupyterHub's configuration: settings from the file that Chef writes, secrets from the environment, the operator's files."""

import os
from pathlib import Path

from hub_common.database import PARAMETER, SQLITE_NAME, use_postgresql
from hub_common.operator_files import FOLDER, read_operator_files
from hub_common.postgresql import read_address
from hub_common.services import StartedOnce
from hub_common.settings import read_secrets
from swarm_hub.cluster import connect
from swarm_hub.configuration import configure
from swarm_hub.services import connected_services
from swarm_hub.settings import LIVE_NAMES, load_settings, settings_file
from swarm_hub.spawner import HubSwarmSpawner
from swarm_hub.spawner_traits import closed_folders, trait_rules
from swarm_hub.user_domains import UserDomains, all_have_domains

settings = load_settings(settings_file())
secrets = read_secrets(os.environ, settings.hub.login, LIVE_NAMES)
domains = UserDomains(own=settings.own_domains)
services = StartedOnce(lambda: connected_services(settings, domains))
c = get_config()  # type: ignore[name-defined]  # noqa: F821
configure(
    c,
    settings,
    secrets,
    services=services,
    domains=domains,
    all_have_domains=lambda: all_have_domains(connect),
)
if secrets.database_url:
    address = read_address(secrets.database_url, parameter=f"{settings.parameter_prefix}/{PARAMETER}")
    use_postgresql(c, address, Path(settings.state_folder) / SQLITE_NAME, os.environ)
read_operator_files(
    c, settings_file().parent / FOLDER, HubSwarmSpawner, trait_rules(closed_folders(settings))
)
