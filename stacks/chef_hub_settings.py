"""Settings of the chef-hub stack: those of its machines, and what the nodes' contract says about the hub.

A variable ``hub_KEY``, ``hub_tls_KEY`` or ``hub_login_KEY`` is the contract's setting KEY, with the default and the
limits of ``cookbooks/contract/node-attributes.schema.json``; a test compares them. Secrets are no settings: client id and
secret of a login are SecureStrings which the operator puts into SSM.
"""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Self

from pydantic import Field

from hub_constructs.aws_limits.services import COGNITO_REMEDY
from hub_constructs.variable_specs import Check
from stacks.chef_hub_deployment_settings import ChefHubDeploymentSettings
from stacks.field_checks import E_MAIL, no_cognito
from stacks.hub_user_settings import HTTPS_URL, URL_REMEDY, HubUserSettings, given_unless
from stacks.node_rules import swarm_mistakes
from stacks.settings_model import Mistake, Remedy, Rule, Variable

CONTAINER_IMAGE = r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$"
SOURCE = r"^(acme|files|self_signed)$"
FILE = r"^((/[A-Za-z0-9_.-]+)+)?$"
FILES = ("hub_tls_certificate_file", "hub_tls_key_file")


def _files(settings: "ChefHubSettings") -> str | None:
    missing = [name for name in FILES if not getattr(settings, name)]
    if settings.hub_tls_source == "files" and missing:
        return f"the source files needs {', '.join(missing)}"
    return None


def _domains(settings: "ChefHubSettings") -> str | None:
    if settings.hub_user_domains == "on" and settings.hub_tls_source == "acme":
        return "a certificate of the source acme cannot cover the domains of users: its challenge over HTTP is for single names"
    return None


_IMAGE = Remedy('Give an image such as "registry.example.org/hub:2026.11", with a tag.')
_FILE = Remedy("Give the absolute path of a PEM file on the leader, or leave it empty.")


class ChefHubSettings(HubUserSettings, ChefHubDeploymentSettings):
    """What the chef-hub stack is told: about its machines, and about the hub on them."""

    rules: ClassVar[tuple[Rule, ...]] = (
        *ChefHubDeploymentSettings.rules,
        Rule(
            fields=("hub_login_authenticator", "default_region"),
            broken=lambda s: no_cognito(s.hub_login_authenticator, s.default_region),
            remedy=COGNITO_REMEDY,
        ),
        Rule(
            fields=("hub_tls_source", *FILES),
            broken=_files,
            remedy="Give both paths, or choose acme.",
        ),
        Rule(
            fields=("hub_user_domains", "hub_tls_source"),
            broken=_domains,
            remedy="Choose hub_user_domains auto, or the source files with a certificate for *.notebooks.DOMAIN too.",
        ),
    )

    @classmethod
    def judged(cls, settings: Self) -> Iterable[Mistake]:
        """Return what the hub would refuse when it starts."""
        return swarm_mistakes(settings)

    hub_max_users: Annotated[int, Remedy("Use 1 to 10000 users."), Variable()] = Field(
        50, ge=1, le=10000, description="concurrent users the hub serves at most"
    )
    hub_max_cluster_memory_gib: Annotated[int, Remedy("Use 1 to 100000 GiB."), Variable()] = Field(
        160, ge=1, le=100000, description="memory in GiB that all notebook servers together may be promised"
    )
    hub_max_disk_percent: Annotated[int, Remedy("Use 10 to 100 percent."), Variable()] = Field(
        85,
        ge=10,
        le=100,
        description="disk utilization in percent at which no further server starts; EFS grows, and is never full",
    )
    hub_image: Annotated[str, _IMAGE, Variable()] = Field(
        "chef-hub/jupyterhub:latest", pattern=CONTAINER_IMAGE, description="container image of the hub"
    )
    hub_notebook_image: Annotated[str, _IMAGE, Variable()] = Field(
        "chef-hub/notebook:latest",
        pattern=CONTAINER_IMAGE,
        description="container image of the notebook servers",
    )
    hub_user_memory_gib: Annotated[
        float,
        Remedy("Use 0.125 to 1024 GiB."),
        Variable(
            checks=(
                Check(
                    condition="var.hub_user_memory_gib <= var.hub_max_cluster_memory_gib",
                    message=(
                        "hub_user_memory_gib must be at most hub_max_cluster_memory_gib, or nobody could start a server: "
                        "raise the memory of the cluster, or lower that of a user."
                    ),
                ),
            )
        ),
    ] = Field(
        2,
        ge=0.125,
        le=1024,
        description="memory limit of one notebook server in GiB, which the admission counts",
    )
    hub_start_timeout_seconds: Annotated[int, Remedy("Use 30 to 3600 seconds."), Variable()] = Field(
        300,
        ge=30,
        le=3600,
        description="deadline of the start of a server in seconds, without the wait for a worker",
    )
    hub_growth_timeout_seconds: Annotated[int, Remedy("Use 60 to 3600 seconds."), Variable()] = Field(
        900, ge=60, le=3600, description="how long a start waits for a new worker, in seconds"
    )
    hub_tls_source: Annotated[
        str,
        Remedy("Use acme, files or self_signed."),
        Variable(
            checks=(
                given_unless(
                    "hub_tls_source",
                    ("files",),
                    FILES,
                    "hub_tls_source: files needs hub_tls_certificate_file and hub_tls_key_file.",
                ),
                Check(
                    condition='var.hub_tls_source != "acme" || var.hub_user_domains != "on"',
                    message=(
                        "hub_tls_source: acme cannot cover the domains of users: choose hub_user_domains auto, "
                        "or the source files."
                    ),
                ),
            )
        ),
    ] = Field(
        "acme",
        pattern=SOURCE,
        description="where the certificate of the hub comes from: an ACME authority, given files, or made by the hub for a trial",
    )
    hub_tls_acme_contact: Annotated[str, Remedy("Give an e-mail address, or leave it empty."), Variable()] = (
        Field(
            "",
            pattern=E_MAIL,
            description="e-mail address that the ACME authority may write to; none when empty",
        )
    )
    hub_tls_acme_directory: Annotated[str, URL_REMEDY, Variable()] = Field(
        "", pattern=HTTPS_URL, description="address of the ACME directory; that of the client when empty"
    )
    hub_tls_certificate_file: Annotated[str, _FILE, Variable()] = Field(
        "", pattern=FILE, description="PEM chain on the leader, for the source files"
    )
    hub_tls_key_file: Annotated[str, _FILE, Variable()] = Field(
        "", pattern=FILE, description="PEM key on the leader, for the source files"
    )
