"""JupyterHub's configuration on a Lab instance: what the stack said, what the image holds, secrets from the environment."""

import os

from lab_hub.configuration import configure
from lab_hub.facts import image_file, instance_file, load_image
from lab_hub.settings import load_settings
from swarm_hub.secrets import read_secrets

settings = load_settings(instance_file())
secrets = read_secrets(os.environ, settings.hub.login)
configure(get_config(), settings, load_image(image_file()), secrets)  # type: ignore[name-defined]  # noqa: F821
