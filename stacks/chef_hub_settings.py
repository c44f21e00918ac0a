"""Settings of the chef-hub stack: those of its machines, and what the nodes' contract says about the hub.

A variable ``hub_KEY``, ``hub_tls_KEY`` or ``hub_login_KEY`` is the contract's setting KEY, with the default and the
limits of ``cookbooks/contract/node-attributes.schema.json``; a test compares them. Secrets are no settings: client id and
secret of a login are SecureStrings which the operator puts into SSM.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from hub_constructs.variable_specs import Check
from stacks.chef_hub_deployment_settings import ChefHubDeploymentSettings
from stacks.field_checks import E_MAIL, Items
from stacks.settings_model import Remedy, Rule, Variable

CONTAINER_IMAGE = r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$"
SOURCE = r"^(acme|files|self_signed)$"
HTTPS_URL = r"^(https://[^\s]+)?$"
FILE = r"^((/[A-Za-z0-9_.-]+)+)?$"
# The contract's `test` is missing: one password for everybody is nothing for a deployment.
AUTHENTICATOR = r"^(none|github|google|cognito|generic)$"
CLAIM = r"^[A-Za-z0-9_.:-]{0,128}$"
USER = r"^[^\s/]{1,255}$"
GROUP = r"^[^\s][^\n]{0,255}$"
SCOPE = r"^[^\s]{1,128}$"
ENDPOINTS = ("hub_login_authorize_url", "hub_login_token_url", "hub_login_userdata_url")
FILES = ("hub_tls_certificate_file", "hub_tls_key_file")
WITH_ENDPOINTS = ("generic", "cognito")


def _endpoints(settings: "ChefHubSettings") -> str | None:
    missing = [name for name in ENDPOINTS if not getattr(settings, name)]
    if settings.hub_login_authenticator in WITH_ENDPOINTS and missing:
        return f"the login {settings.hub_login_authenticator} needs {', '.join(missing)}"
    return None


def _files(settings: "ChefHubSettings") -> str | None:
    missing = [name for name in FILES if not getattr(settings, name)]
    if settings.hub_tls_source == "files" and missing:
        return f"the source files needs {', '.join(missing)}"
    return None


def _given_unless(name: str, values: tuple[str, ...], needed: tuple[str, ...], message: str) -> Check:
    """Return the validation block that wants every one of ``needed`` where ``name`` is one of ``values``."""
    others = " && ".join(f'var.{name} != "{value}"' for value in values)
    given = " && ".join(f'var.{variable} != ""' for variable in needed)
    return Check(condition=f"({others}) || ({given})", message=message)


_IMAGE = Remedy('Give an image such as "registry.example.org/hub:2026.11", with a tag.')
_URL = Remedy("Give an https:// address, or leave it empty.")
_FILE = Remedy("Give the absolute path of a PEM file on the leader, or leave it empty.")
_USERS = Remedy("Give user names as the identity provider gives them, in lower case, each once.")
_GROUPS = Remedy("Give groups as the identity provider names them, each once.")
_CLAIM = Remedy("Give the name of a claim, or leave it empty.")


class ChefHubSettings(ChefHubDeploymentSettings):
    """What the chef-hub stack is told: about its machines, and about the hub on them."""

    rules: ClassVar[tuple[Rule, ...]] = (
        *ChefHubDeploymentSettings.rules,
        Rule(
            fields=("hub_login_authenticator", *ENDPOINTS),
            broken=_endpoints,
            remedy="Give all three addresses, or choose github or google.",
        ),
        Rule(
            fields=("hub_tls_source", *FILES),
            broken=_files,
            remedy="Give both paths, or choose acme.",
        ),
    )

    hub_max_users: Annotated[int, Remedy("Use 1 to 10000 users."), Variable()] = Field(
        50, ge=1, le=10000, description="concurrent users the hub serves at most"
    )
    hub_max_cluster_memory_gib: Annotated[int, Remedy("Use 1 to 100000 GiB."), Variable()] = Field(
        160, ge=1, le=100000, description="memory in GiB that all notebook servers together may be promised"
    )
    hub_max_disk_percent: Annotated[int, Remedy("Use 10 to 100 percent."), Variable()] = Field(
        85, ge=10, le=100, description="disk utilization in percent at which no further server starts"
    )
    hub_image: Annotated[str, _IMAGE, Variable()] = Field(
        "chef-hub/jupyterhub:latest", pattern=CONTAINER_IMAGE, description="container image of the hub"
    )
    hub_notebook_image: Annotated[str, _IMAGE, Variable()] = Field(
        "chef-hub/notebook:latest",
        pattern=CONTAINER_IMAGE,
        description="container image of the notebook servers",
    )
    hub_user_memory_gib: Annotated[float, Remedy("Use 0.125 to 1024 GiB."), Variable()] = Field(
        2,
        ge=0.125,
        le=1024,
        description="memory limit of one notebook server in GiB, which the admission counts",
    )
    hub_user_cpus: Annotated[float, Remedy("Use 0.1 to 192 cores."), Variable()] = Field(
        1, ge=0.1, le=192, description="CPU limit of one notebook server, in cores"
    )
    hub_user_disk_gib: Annotated[float, Remedy("Use 0 to 100000 GiB."), Variable()] = Field(
        20, ge=0, le=100000, description="disk quota of one user in GiB; none when 0"
    )
    hub_idle_timeout_minutes: Annotated[int, Remedy("Use 0 to 43200 minutes."), Variable()] = Field(
        60,
        ge=0,
        le=43200,
        description="minutes without activity after which a server is stopped; never when 0",
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
                _given_unless(
                    "hub_tls_source",
                    ("files",),
                    FILES,
                    "hub_tls_source: files needs hub_tls_certificate_file and hub_tls_key_file.",
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
    hub_tls_acme_directory: Annotated[str, _URL, Variable()] = Field(
        "", pattern=HTTPS_URL, description="address of the ACME directory; that of the client when empty"
    )
    hub_tls_certificate_file: Annotated[str, _FILE, Variable()] = Field(
        "", pattern=FILE, description="PEM chain on the leader, for the source files"
    )
    hub_tls_key_file: Annotated[str, _FILE, Variable()] = Field(
        "", pattern=FILE, description="PEM key on the leader, for the source files"
    )
    hub_login_authenticator: Annotated[
        str,
        Remedy("Use none, github, google, cognito or generic."),
        Variable(
            checks=(
                _given_unless(
                    "hub_login_authenticator",
                    WITH_ENDPOINTS,
                    ENDPOINTS,
                    "hub_login_authenticator: generic and cognito need the three addresses hub_login_*_url.",
                ),
            )
        ),
    ] = Field("none", pattern=AUTHENTICATOR, description="identity provider; none lets nobody in")
    hub_login_allow_all: Annotated[bool, Remedy("Use true or false."), Variable()] = Field(
        False, description="let everyone in whom the identity provider knows"
    )
    hub_login_allowed_users: Annotated[tuple[str, ...], Items(pattern=USER), _USERS, Variable()] = Field(
        (), strict=False, description="users who may log in"
    )
    hub_login_allowed_groups: Annotated[tuple[str, ...], Items(pattern=GROUP), _GROUPS, Variable()] = Field(
        (), strict=False, description="groups, organizations or hosted domains whose members may log in"
    )
    hub_login_admin_users: Annotated[tuple[str, ...], Items(pattern=USER), _USERS, Variable()] = Field(
        (), strict=False, description="users who administer the hub"
    )
    hub_login_admin_groups: Annotated[tuple[str, ...], Items(pattern=GROUP), _GROUPS, Variable()] = Field(
        (), strict=False, description="groups whose members administer the hub"
    )
    hub_login_authorize_url: Annotated[str, _URL, Variable()] = Field(
        "", pattern=HTTPS_URL, description="authorization endpoint, for generic and cognito"
    )
    hub_login_token_url: Annotated[str, _URL, Variable()] = Field(
        "", pattern=HTTPS_URL, description="token endpoint, for generic and cognito"
    )
    hub_login_userdata_url: Annotated[str, _URL, Variable()] = Field(
        "", pattern=HTTPS_URL, description="user data endpoint, for generic and cognito"
    )
    hub_login_username_claim: Annotated[str, _CLAIM, Variable()] = Field(
        "", pattern=CLAIM, description="claim that becomes the user name, for generic and cognito"
    )
    hub_login_groups_claim: Annotated[str, _CLAIM, Variable()] = Field(
        "", pattern=CLAIM, description="claim that lists the groups of a user, for generic and cognito"
    )
    hub_login_scopes: Annotated[
        tuple[str, ...], Items(pattern=SCOPE), Remedy("Give OAuth scopes, each once."), Variable()
    ] = Field((), strict=False, description="scopes to ask for; the usual ones of the provider when empty")
