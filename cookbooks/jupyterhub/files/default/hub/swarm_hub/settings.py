"""The hub's settings: the file that Chef writes, checked as a whole before anything is configured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from swarm_hub.login_settings import LoginSettings
from swarm_hub.misfits import Misfit

DEFAULT_FILE = "/etc/jupyterhub/settings.json"
GIB = 1024**3
LONGEST_SHOWN = 300  # characters of a value in an error
_PATH = r"^(/[A-Za-z0-9_.-]+)+$"
_IMAGE = r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$"


class SettingsError(Exception):
    """The hub cannot start with these settings; ``mistakes`` has a line for each thing that is wrong."""

    def __init__(self, source: str, mistakes: list[str]) -> None:
        self.source = source
        self.mistakes = mistakes
        lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
        super().__init__(f"the hub's settings in {source} cannot be used:\n{lines}")


class Limits(BaseModel):
    """What the hub promises and where it stops: the section ``hub`` of the node attributes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_users: int = Field(ge=1, le=10_000)
    max_cluster_memory_gib: int = Field(ge=1, le=100_000)
    max_disk_percent: int = Field(ge=10, le=100)
    hub_image: str = Field(default="chef-hub/jupyterhub:latest", pattern=_IMAGE)
    notebook_image: str = Field(default="chef-hub/notebook:latest", pattern=_IMAGE)
    user_memory_gib: float = Field(default=2, ge=0.125, le=1024)
    user_cpus: float = Field(default=1, ge=0.1, le=192)
    user_disk_gib: float = Field(default=20, ge=0, le=100_000)
    idle_timeout_minutes: int = Field(default=60, ge=0, le=43_200)
    start_timeout_seconds: int = Field(default=300, ge=30, le=3600)
    growth_timeout_seconds: int = Field(default=900, ge=60, le=3600)
    user_domains: Literal["auto", "on", "off"] = "auto"
    login: LoginSettings = LoginSettings()

    @property
    def user_memory(self) -> int:
        """Memory of one notebook server, in bytes."""
        return int(self.user_memory_gib * GIB)

    @property
    def cluster_memory(self) -> int:
        """Memory that all notebook servers together may be promised, in bytes."""
        return self.max_cluster_memory_gib * GIB

    @property
    def user_disk(self) -> int:
        """Quota of one user's directory, in bytes; 0 is none."""
        return int(self.user_disk_gib * GIB)

    def misfits(self, prefix: str = "", login_prefix: str = "login.") -> list[Misfit]:
        """Return what does not fit together, in the login too; the prefixes stand before the fields' names."""
        found = self.login.misfits(login_prefix)
        if self.user_memory_gib > self.max_cluster_memory_gib:
            one, all_ = f"{prefix}user_memory_gib", f"{prefix}max_cluster_memory_gib"
            found.append(
                Misfit(
                    fields=(one, all_),
                    sentence=(
                        f"{one} = {self.user_memory_gib:g} is more than {all_} = {self.max_cluster_memory_gib}: "
                        "nobody could start a server"
                    ),
                    remedy="Raise the memory of the cluster, or lower that of a user",
                )
            )
        return found


class HubSettings(BaseModel):
    """All settings of the hub, as Chef writes them to settings.json. No secrets: see :mod:`swarm_hub.secrets`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str = Field(pattern=r"^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$")
    hub_hostname: str = Field(
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$"
    )
    wildcard_certificate: bool = Field(
        default=False, description="the certificate is valid for *.hub_hostname"
    )
    autoscaling_group: str = Field(pattern=r"^[^:\s]{0,255}$", description="empty where nothing can grow")
    parameter_prefix: str = Field(pattern=_PATH)
    network: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    shared_folder: str = Field(pattern=_PATH)
    users_folder: str = Field(pattern=_PATH)
    state_folder: str = Field(pattern=_PATH)
    hub: Limits

    @property
    def own_domains(self) -> bool:
        """Whether servers that start now get a domain of their user."""
        return self.wildcard_certificate and self.hub.user_domains != "off"


def load_settings(path: Path) -> HubSettings:
    """Read and check the file; raise SettingsError with every mistake in it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            str(path), [f"{error.strerror}; CHEF_HUB_SETTINGS names the file that Chef writes"]
        ) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(str(path), [f"no JSON: {error}"]) from error
    return check_settings(document, source=str(path))


def check_settings(document: Mapping[str, Any], *, source: str = "the document") -> HubSettings:
    """Check a parsed document; raise SettingsError with every mistake in it."""
    try:
        settings = HubSettings.model_validate(document)
    except ValidationError as error:
        raise SettingsError(source, sentences(error)) from error
    mistakes = _senseless(settings)
    if mistakes:
        raise SettingsError(source, mistakes)
    return settings


def sentences(error: ValidationError) -> list[str]:
    """Return a sentence for each field that pydantic refuses."""
    return [_sentence(dict(problem)) for problem in error.errors()]


def _sentence(problem: dict[str, Any]) -> str:
    name = ".".join(str(part) for part in problem["loc"]) or "the document"
    if problem["type"] == "missing":
        return f"{name} is missing"
    if problem["type"] == "extra_forbidden":
        return f"{name} is unknown: correct its name or remove it"
    given = repr(problem["input"])
    shown = given if len(given) <= LONGEST_SHOWN else f"{given[:LONGEST_SHOWN]}..."
    return f"{name} = {shown}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


def _senseless(settings: HubSettings) -> list[str]:
    """Return what single fields cannot show: settings that must fit together."""
    hub = settings.hub
    mistakes = [misfit.sentence for misfit in hub.misfits("hub.", "hub.login.")]
    if hub.user_domains == "on" and not settings.wildcard_certificate:
        mistakes.append(
            f"hub.user_domains = 'on' needs a certificate that is valid for *.{settings.hub_hostname}: give one, "
            "or choose auto"
        )
    if not settings.users_folder.startswith(f"{settings.shared_folder}/"):
        mistakes.append(
            f"users_folder = {settings.users_folder!r} is not below shared_folder = "
            f"{settings.shared_folder!r}: files would stay on one machine"
        )
    return mistakes
