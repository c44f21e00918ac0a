"""What the operator decides about users and their servers in both stacks: who logs in, and what a server may use.

Variables of the same names have the same meaning, default and limits in both; so one key of the context sets both. Secrets
are not settings: client id and secret of a login are SecureStrings which the operator puts into SSM.

The nodes of both stacks read these settings under names that are made of those of the variables: ``contract_path``.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from hub_constructs.core.variable_specs import Check
from stacks.settings.field_checks import Items
from stacks.settings.model import Remedy, SettingsModel, Variable

# The sections of the document that nodes read, by the prefix of their settings; the longer prefixes come first
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "hub_login_": ("hub", "login"),
    "hub_tls_": ("tls",),
    "hub_": ("hub",),
}
WHOLE_NAMES = ("hub_image",)  # settings whose name in the contract keeps the prefix

HTTPS_URL = r"^(https://[^\s]+)?$"
# `test` is missing: one password for everybody is nothing for a deployment.
AUTHENTICATOR = r"^(none|github|google|cognito|generic)$"
CLAIM = r"^[A-Za-z0-9_.:/#@~%+=&?-]{0,255}$"  # such as groups, cognito:groups, realm_access.roles, https://example.org/roles
USER = r"^[^\s/]{1,255}$"
GROUP = r"^[^\s][^\n]{0,255}$"
SCOPE = r"^[^\s]{1,128}$"
USER_DOMAINS = r"^(auto|on|off)$"
ENDPOINTS = ("hub_login_authorize_url", "hub_login_token_url", "hub_login_userdata_url")
WITH_ENDPOINTS = ("generic", "cognito")


def given_unless(name: str, values: tuple[str, ...], needed: tuple[str, ...], message: str) -> Check:
    """Return the validation block that wants every one of ``needed`` where ``name`` is one of ``values``."""
    others = " && ".join(f'var.{name} != "{value}"' for value in values)
    given = " && ".join(f'var.{variable} != ""' for variable in needed)
    return Check(condition=f"({others}) || ({given})", message=message)


URL_REMEDY = Remedy("Give an https:// address, or leave it empty.")


def _of_google(variable: str, condition: str, message: str) -> Check:
    """Return the validation block that holds ``condition`` against the login google only."""
    return Check(
        condition=f'var.hub_login_authenticator != "google" || {condition}', message=f"{variable}: {message}"
    )


def _of_domains(variable: str) -> Check:
    of_one = (
        f'[for user in var.{variable} : contains(var.hub_login_allowed_groups, reverse(split("@", user))[0])]'
    )
    return _of_google(
        variable,
        f"length(var.hub_login_allowed_groups) == 0 || alltrue({of_one})",
        "the login google needs users of the domains in hub_login_allowed_groups: add their domain, or remove them.",
    )


_CLAIM_FOR_GROUPS = Check(
    condition=(
        'var.hub_login_authenticator != "generic" || var.hub_login_groups_claim != "" || '
        "length(var.hub_login_allowed_groups) + length(var.hub_login_admin_groups) == 0"
    ),
    message="hub_login_groups_claim: the login generic with groups needs the name of the claim that lists a user's groups.",
)
_DOMAINS = _of_google(
    "hub_login_allowed_groups",
    'alltrue([for group in var.hub_login_allowed_groups : can(regex("^[^@]*[.][^@]*$", group))])',
    "the login google knows hosted domains only, such as example.org.",
)
_NO_ADMIN_GROUPS = _of_google(
    "hub_login_admin_groups",
    "length(var.hub_login_admin_groups) == 0",
    "the login google knows no groups of administrators: name them in hub_login_admin_users.",
)
_USERS = Remedy("Give user names as the identity provider gives them, in lower case, each once.")
_GROUPS = Remedy("Give groups as the identity provider names them, each once.")
_CLAIM = Remedy("Give the name of a claim, which may be a URL, or leave it empty.")


class HubUserSettings(SettingsModel):
    """Limits of a user's server, and the login. What does not fit together, the hubs say: see ``stacks.settings.node_rules``."""

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
    hub_user_domains: Annotated[str, Remedy("Use auto, on or off."), Variable()] = Field(
        "auto",
        pattern=USER_DOMAINS,
        description="own domain for each user's server, below the hub's; auto gives them where the certificate covers them",
    )
    hub_login_authenticator: Annotated[
        str,
        Remedy("Use none, github, google, cognito or generic."),
        Variable(
            checks=(
                given_unless(
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
    hub_login_allowed_users: Annotated[
        tuple[str, ...],
        Items(pattern=USER),
        _USERS,
        Variable(checks=(_of_domains("hub_login_allowed_users"),)),
    ] = Field((), strict=False, description="users who may log in")
    hub_login_allowed_groups: Annotated[
        tuple[str, ...], Items(pattern=GROUP), _GROUPS, Variable(checks=(_DOMAINS,))
    ] = Field(
        (), strict=False, description="groups, organizations or hosted domains whose members may log in"
    )
    hub_login_admin_users: Annotated[
        tuple[str, ...], Items(pattern=USER), _USERS, Variable(checks=(_of_domains("hub_login_admin_users"),))
    ] = Field((), strict=False, description="users who administer the hub")
    hub_login_admin_groups: Annotated[
        tuple[str, ...], Items(pattern=GROUP), _GROUPS, Variable(checks=(_NO_ADMIN_GROUPS,))
    ] = Field((), strict=False, description="groups whose members administer the hub")
    hub_login_authorize_url: Annotated[str, URL_REMEDY, Variable()] = Field(
        "", pattern=HTTPS_URL, description="authorization endpoint, for generic and cognito"
    )
    hub_login_token_url: Annotated[str, URL_REMEDY, Variable()] = Field(
        "", pattern=HTTPS_URL, description="token endpoint, for generic and cognito"
    )
    hub_login_userdata_url: Annotated[str, URL_REMEDY, Variable()] = Field(
        "", pattern=HTTPS_URL, description="user data endpoint, for generic and cognito"
    )
    hub_login_username_claim: Annotated[str, _CLAIM, Variable()] = Field(
        "",
        pattern=CLAIM,
        description="claim that becomes the user name, for generic and cognito; dots lead into objects, but not in URLs",
    )
    hub_login_groups_claim: Annotated[str, _CLAIM, Variable(checks=(_CLAIM_FOR_GROUPS,))] = Field(
        "",
        pattern=CLAIM,
        description="claim that lists the groups of a user, for generic and cognito; dots as in hub_login_username_claim",
    )
    hub_login_scopes: Annotated[
        tuple[str, ...], Items(pattern=SCOPE), Remedy("Give OAuth scopes, each once."), Variable()
    ] = Field((), strict=False, description="scopes to ask for; the usual ones of the provider when empty")


def contract_path(setting: str) -> tuple[str, ...]:
    """Return where the nodes read a setting of the hub: ``hub_tls_source`` is ``("tls", "source")``."""
    prefix, section = next((each, where) for each, where in SECTIONS.items() if setting.startswith(each))
    return (*section, setting if setting in WHOLE_NAMES else setting.removeprefix(prefix))


def contract_sections(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of the hub's settings (name → value) as the nodes read them: ``{"hub": {…, "login": {…}}, "tls": {…}}``."""
    found: dict[str, Any] = {}
    for setting, value in values.items():
        *sections, key = contract_path(setting)
        inner = found
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[key] = value
    return found
