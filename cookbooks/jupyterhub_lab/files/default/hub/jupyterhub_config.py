"""JupyterHub's configuration on a Lab instance: what the stack said, what the image holds, secrets, the operator's files."""

import functools
import os

from hub_common.database import PARAMETER, SQLITE_NAME, use_postgresql
from hub_common.operator_files import FOLDER, read_operator_files
from hub_common.postgresql import read_address
from hub_common.services import StartedOnce
from hub_common.settings import read_secrets
from hub_common.watched_proxy import at_start
from lab_hub.configuration import configure
from lab_hub.containers import Containers, connect
from lab_hub.schemas import keep, note
from lab_hub.services import start_services
from lab_hub.settings import (
    DATABASE_SCHEMA,
    LIVE_NAMES,
    STATE_FOLDER,
    image_file,
    instance_file,
    load_image,
    load_settings,
)
from lab_hub.spawner import LabDockerSpawner
from lab_hub.spawner_traits import closed_folders, trait_rules

settings = load_settings(instance_file())
secrets = read_secrets(os.environ, settings.hub.login, LIVE_NAMES)
services = StartedOnce(lambda: start_services(settings, Containers(connect())))
c = get_config()  # type: ignore[name-defined]  # noqa: F821
configure(c, settings, load_image(image_file()), secrets, services=services)
if secrets.database_url:
    address = read_address(
        secrets.database_url,
        parameter=f"{settings.parameter_prefix}/{PARAMETER}",
        schema=os.environ[DATABASE_SCHEMA],
    )
    note(address)
    use_postgresql(c, address, STATE_FOLDER / SQLITE_NAME, os.environ)
    at_start(c, functools.partial(keep, address=address))
read_operator_files(
    c, instance_file().parent / FOLDER, LabDockerSpawner, trait_rules(closed_folders(settings))
)
