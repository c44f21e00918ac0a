"""What the stack tells an instance, as far as the hub wants to know it: ``/etc/jupyterhub-lab/instance.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lab_hub.facts import HUB_API_PORT, PROXY_API_PORT
from swarm_hub.login_settings import LoginSettings
from swarm_hub.misfits import Misfit
from swarm_hub.settings import SettingsError, sentences

GIB = 1024**3
_PATH = r"^(/[A-Za-z0-9_.-]+)+$"
# Ports of an instance that something else listens on: see lab_hub.facts for those of the hub and of its proxy.
TAKEN_PORTS = {22: "SSH", PROXY_API_PORT: "the proxy's own API", HUB_API_PORT: "the hub's API"}


class Homes(BaseModel):
    """Where the users' directories lie; without ``file_system_id`` on the instance's own disk."""

    model_config = ConfigDict(frozen=True)

    file_system_id: str | None = Field(default=None, pattern=r"^fs-[0-9a-f]{8,40}$")
    mount_point: str = Field(pattern=_PATH)


class HubSection(BaseModel):
    """What is the hub's alone. An older stack says nothing of it: then nobody may log in."""

    model_config = ConfigDict(frozen=True)

    user_cpus: float = Field(default=1, ge=0.1, le=192)
    user_disk_gib: float = Field(default=20, ge=0, le=100_000)
    idle_timeout_minutes: int = Field(default=60, ge=0, le=43_200)
    login: LoginSettings = LoginSettings()


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

    @property
    def user_memory(self) -> int:
        """Memory of one notebook server, in bytes."""
        return int(self.user_memory_gib * GIB)

    @property
    def user_disk(self) -> int:
        """Quota of one user's directory, in bytes; 0 is none."""
        return int(self.hub.user_disk_gib * GIB)

    def misfits(self, login_prefix: str = "hub.login.") -> list[Misfit]:
        """Return what does not fit together; ``login_prefix`` stands before the names of the login's fields."""
        found = self.hub.login.misfits(login_prefix)
        if (owner := TAKEN_PORTS.get(self.hub_port)) is not None:
            found.append(
                Misfit(
                    fields=("hub_port",),
                    sentence=f"hub_port = {self.hub_port} is the port of {owner} on the instances",
                    remedy="Choose another port, such as 8000",
                )
            )
        return found


def load_settings(path: Path) -> LabSettings:
    """Read and check the file; raise SettingsError with every mistake in it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(str(path), [f"{error.strerror}: the first boot writes it"]) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(str(path), [f"no JSON: {error}"]) from error
    return check_settings(document, source=str(path))


def check_settings(document: Mapping[str, Any], *, source: str = "the document") -> LabSettings:
    """Check a parsed document; raise SettingsError with every mistake in it."""
    try:
        settings = LabSettings.model_validate(document)
    except ValidationError as error:
        raise SettingsError(source, sentences(error)) from error
    mistakes = [misfit.sentence for misfit in settings.misfits()]
    if mistakes:
        raise SettingsError(source, mistakes)
    return settings
