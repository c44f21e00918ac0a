"""JupyterHub's configuration on a Lab instance: what the stack said, what the image holds, secrets from the environment."""

import functools
import os

from lab_hub.configuration import configure
from lab_hub.facts import DATABASE_SCHEMA, STATE_FOLDER, image_file, instance_file, load_image
from lab_hub.schemas import keep, note
from lab_hub.settings import load_settings
from swarm_hub.database import PARAMETER, SQLITE_NAME, use_postgresql
from swarm_hub.postgresql import read_address
from swarm_hub.secrets import read_secrets
from swarm_hub.start_hooks import at_start

settings = load_settings(instance_file())
secrets = read_secrets(os.environ, settings.hub.login)
c = get_config()  # type: ignore[name-defined]  # noqa: F821
configure(c, settings, load_image(image_file()), secrets)
if secrets.database_url:
    address = read_address(
        secrets.database_url,
        parameter=f"{settings.parameter_prefix}/{PARAMETER}",
        schema=os.environ[DATABASE_SCHEMA],
    )
    note(address)
    use_postgresql(c, address, STATE_FOLDER / SQLITE_NAME, os.environ)
    at_start(c, functools.partial(keep, address=address))
