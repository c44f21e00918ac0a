"""What a Lab's hub is told: by the stack (``instance.json``), by the image (``image.json``); and where things lie."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hub_common.names import LiveNames
from hub_common.settings import GIB, Conflict, LoginSettings, SettingsError, read_document, validated

# The Lab's hub came from the Chef hub, and first used its labels and variables: containers that run, secrets.json and
# hub.env may still carry them.
LIVE_NAMES = LiveNames(
    labels="jupyterhub-lab.",
    variables="JUPYTERHUB_LAB_",
    metrics="lab_hub_",
    former=LiveNames(labels="chef-hub.", variables="CHEF_HUB_", metrics="lab_hub_"),
)
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
# How long a server may take until it answers: on a new instance its image is still being read from the snapshot.
START_SECONDS = 300
# Raised by the session agent on an instance that takes no new users; what it holds is the sentence for them.
DRAINING_FLAG = Path("/run/jupyterhub-lab/draining")
# Written by the session agent: other instances in service, and whether the group wants this one to empty.
GROUP_FILE = Path("/run/jupyterhub-lab/group.json")
_ADDRESS = r"^(\d{1,3}\.){3}\d{1,3}$"
_PATH = r"^(/[A-Za-z0-9_.-]+)+$"
# Ports of an instance that something else listens on: see lab_hub.settings for those of the hub and of its proxy.
TAKEN_PORTS = {22: "SSH", PROXY_API_PORT: "the proxy's own API", HUB_API_PORT: "the hub's API"}


class MachineImage(BaseModel):
    """What the recipe wrote into the image. ``subnet`` is the containers' network, ``gateway`` the host's address in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notebook_image: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$")
    network: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    bridge: str = Field(pattern=r"^[a-z][a-z0-9-]{0,14}$")
    subnet: str = Field(pattern=_ADDRESS[:-1] + r"/\d{1,2}$")
    gateway: str = Field(pattern=_ADDRESS)

    @property
    def hub_url(self) -> str:
        """Where the hub's API answers: on the bridge, so that it cannot be reached from outside the instance."""
        return f"http://{self.gateway}:{HUB_API_PORT}"


class Homes(BaseModel):
    """Where the users' directories lie; without ``file_system_id`` on the instance's own disk."""

    model_config = ConfigDict(frozen=True)

    file_system_id: str | None = Field(default=None, pattern=r"^fs-[0-9a-f]{8,40}$")
    mount_point: str = Field(pattern=_PATH)


class HubSection(BaseModel):
    """What only the hub reads. An older stack does not write it: then no user may log in."""

    model_config = ConfigDict(frozen=True)

    user_cpus: float = Field(default=1, ge=0.1, le=192)
    user_disk_gib: float = Field(default=20, ge=0, le=100_000)
    idle_timeout_minutes: int = Field(default=60, ge=0, le=43_200)
    login: LoginSettings = LoginSettings()


class SpareSection(BaseModel):
    """How many places the whole group keeps free, and the policy that adds instances for them."""

    model_config = ConfigDict(frozen=True)

    spare_places: int = Field(ge=0, le=100_000)
    policy: str = Field(min_length=1)


class LabSettings(BaseModel):
    """The settings of the instance. What only others read, such as the session agent, is left out and not checked here."""

    model_config = ConfigDict(frozen=True)

    region: str = Field(pattern=r"^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$")
    domain: str = Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$")
    hub_port: int = Field(ge=1, le=65_535)
    idle_timeout_seconds: int = Field(ge=1, le=4_000)
    user_memory_gib: float = Field(ge=0.125, le=1024)
    parameter_prefix: str = Field(pattern=_PATH)
    homes: Homes
    hub: HubSection = HubSection()
    autoscaling_group: str = ""
    spare: SpareSection | None = None  # only in the profile recommended
    launching_hook: str | None = None  # only where the group has a warm pool

    @property
    def user_memory(self) -> int:
        """Memory of one notebook server, in bytes."""
        return int(self.user_memory_gib * GIB)

    @property
    def user_disk(self) -> int:
        """Quota of one user's directory, in bytes; 0 is none."""
        return int(self.hub.user_disk_gib * GIB)

    def conflicts(self, login_prefix: str = "hub.login.") -> list[Conflict]:
        """Return what does not fit together; ``login_prefix`` stands before the names of the login's fields."""
        found = self.hub.login.conflicts(login_prefix)
        if (owner := TAKEN_PORTS.get(self.hub_port)) is not None:
            found.append(
                Conflict(
                    fields=("hub_port",),
                    sentence=f"hub_port = {self.hub_port} is the port of {owner} on the instances",
                    remedy="Choose another port, such as 8000",
                )
            )
        return found


def instance_file() -> Path:
    """Return the file that the first boot writes; ``LAB_INSTANCE_FILE`` names another."""
    return Path(os.environ.get("LAB_INSTANCE_FILE", "/etc/jupyterhub-lab/instance.json"))


def load_settings(path: Path) -> LabSettings:
    """Read and check the file; raise SettingsError with every mistake in it."""
    return check_settings(read_document(path, ": the first boot writes it"), source=str(path))


def check_settings(document: Any, *, source: str = "the document") -> LabSettings:
    """Check a parsed document; raise SettingsError with every mistake in it."""
    settings = validated(LabSettings, document, source)
    mistakes = [conflict.sentence for conflict in settings.conflicts()]
    if mistakes:
        raise SettingsError(source, mistakes)
    return settings


def image_file() -> Path:
    """Return the file that the recipe writes; ``LAB_IMAGE_FILE`` names another."""
    return Path(os.environ.get("LAB_IMAGE_FILE", "/usr/local/lib/jupyterhub-lab/image.json"))


def load_image(path: Path) -> MachineImage:
    """Read and check what the image holds; raise SettingsError with every mistake in it."""
    return validated(MachineImage, read_document(path, ": the cookbook jupyterhub_lab writes it"), str(path))
