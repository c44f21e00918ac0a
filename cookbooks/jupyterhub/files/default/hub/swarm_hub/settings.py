"""The hub's settings: the file that Chef writes, checked as a whole before anything is configured."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hub_common.names import LiveNames
from hub_common.settings import GIB, Conflict, LoginSettings, SettingsError, read_document, validated

# What Chef, the nodes' programs, dashboards and running servers know this hub's names by.
LIVE_NAMES = LiveNames(labels="chef-hub.", variables="CHEF_HUB_", metrics="chef_hub_")
DEFAULT_FILE = "/etc/jupyterhub/settings.json"
_PATH = r"^(/[A-Za-z0-9_.-]+)+$"
_IMAGE = r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$"


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
    spare_places: int = Field(default=0, ge=0, le=1000)
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

    def conflicts(self, prefix: str = "", login_prefix: str = "login.") -> list[Conflict]:
        """Return what does not fit together, in the login too; the prefixes stand before the fields' names."""
        found = self.login.conflicts(login_prefix)
        if self.user_memory_gib > self.max_cluster_memory_gib:
            one, all_ = f"{prefix}user_memory_gib", f"{prefix}max_cluster_memory_gib"
            found.append(
                Conflict(
                    fields=(one, all_),
                    sentence=(
                        f"{one} = {self.user_memory_gib:g} is more than {all_} = {self.max_cluster_memory_gib}: "
                        "no user could start a server"
                    ),
                    remedy="Raise the memory of the cluster, or lower that of a user",
                )
            )
        return found


class HubSettings(BaseModel):
    """All settings of the hub, as Chef writes them to settings.json. No secrets: see :func:`hub_common.settings.read_secrets`."""

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


def settings_file() -> Path:
    """Return where Chef writes the settings; ``CHEF_HUB_SETTINGS`` names another file."""
    return Path(os.environ.get(LIVE_NAMES.variable("SETTINGS"), DEFAULT_FILE))


def load_settings(path: Path) -> HubSettings:
    """Read and check the file; raise SettingsError with every mistake in it."""
    variable = LIVE_NAMES.variable("SETTINGS")
    document = read_document(path, f"; {variable} names the file that Chef writes")
    return check_settings(document, source=str(path))


def check_settings(document: Any, *, source: str = "the document") -> HubSettings:
    """Check a parsed document; raise SettingsError with every mistake in it."""
    settings = validated(HubSettings, document, source)
    mistakes = _inconsistencies(settings)
    if mistakes:
        raise SettingsError(source, mistakes)
    return settings


def _inconsistencies(settings: HubSettings) -> list[str]:
    """Return what single fields cannot show: settings that must fit together."""
    hub = settings.hub
    mistakes = [conflict.sentence for conflict in hub.conflicts("hub.", "hub.login.")]
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
