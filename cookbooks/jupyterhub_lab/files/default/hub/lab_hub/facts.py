"""What the image holds, and where things lie on an instance."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from swarm_hub.settings import SettingsError, sentences

# The port of the hub's API: for the proxy, and for the users' servers on the bridge.
HUB_API_PORT = 8081
# The proxy's own API, on loopback: only the hub speaks to it.
PROXY_API_PORT = 8001
PROXY_API = f"http://127.0.0.1:{PROXY_API_PORT}"
STATE_FOLDER = Path("/var/lib/jupyterhub-lab")
RUN_FOLDER = Path("/run/lab-hub")
AGENT_TOKEN_FILE = Path("/etc/jupyterhub-lab/agent-token")
# The address of a PostgreSQL is the operator's; which schema there is this instance's, is told beside it.
DATABASE_SCHEMA = "LAB_DATABASE_SCHEMA"
# Raised by the session agent on an instance that takes no new users; what it holds is the sentence for them.
DRAINING_FLAG = Path("/run/jupyterhub-lab/draining")
_ADDRESS = r"^(\d{1,3}\.){3}\d{1,3}$"


class ImageFacts(BaseModel):
    """What the recipe wrote into the image. ``subnet`` is the containers' network, ``gateway`` the host's address in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notebook_image: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$")
    network: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    bridge: str = Field(pattern=r"^[a-z][a-z0-9-]{0,14}$")
    subnet: str = Field(pattern=_ADDRESS[:-1] + r"/\d{1,2}$")
    gateway: str = Field(pattern=_ADDRESS)

    @property
    def hub_url(self) -> str:
        """Where the hub's API answers: on the bridge, so that nobody outside the instance reaches it."""
        return f"http://{self.gateway}:{HUB_API_PORT}"


def instance_file() -> Path:
    """Return the file that the first boot writes; ``LAB_INSTANCE_FILE`` names another."""
    return Path(os.environ.get("LAB_INSTANCE_FILE", "/etc/jupyterhub-lab/instance.json"))


def image_file() -> Path:
    """Return the file that the recipe writes; ``LAB_IMAGE_FILE`` names another."""
    return Path(os.environ.get("LAB_IMAGE_FILE", "/usr/local/lib/jupyterhub-lab/image.json"))


def load_image(path: Path) -> ImageFacts:
    """Read and check the image's facts; raise SettingsError with every mistake in them."""
    try:
        return ImageFacts.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(
            str(path), [f"{error.strerror}: the cookbook jupyterhub_lab writes it"]
        ) from error
    except ValidationError as error:
        raise SettingsError(str(path), sentences(error)) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(str(path), [f"no JSON: {error}"]) from error
