"""Login: which identity provider, whom of its users the hub lets in, and what it reads in their claims.

Without settings, no user comes in. The test login must not stand behind an address that the whole Internet reaches.

OAuthenticator takes each dot in the name of a groups' claim for a step into a nested object, and none in the name of the
user's. But names of claims may hold dots: they are URLs at many providers, because custom claims must be distinguishable
from others' (https://datatracker.ietf.org/doc/html/rfc7519#section-4.2).
"""

from __future__ import annotations

import ipaddress
import logging
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub_common.settings import LoginSettings, Secrets, SettingsError
from hub_common.watched_proxy import at_start

log = logging.getLogger("hub_common.login")
# https://datatracker.ietf.org/doc/html/rfc3986#section-3.1
_CLAIM_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
OAUTH_USER = (
    "oauth_user"  # of the authentication's state, where OAuthenticator keeps what the provider says of a user
)
# Reserved for tests and private networks: RFC 2606, RFC 6761, RFC 6762, RFC 8375, ICANN 2024 (internal).
_PRIVATE_ENDINGS = (".test", ".example", ".invalid", ".localhost", ".local", ".internal", ".home.arpa")
Resolver = Callable[[str], Iterable[str]]
AUTHENTICATORS = {
    "none": "hub_common.access.NoLogin",
    "test": "hub_common.access.OnePassword",
    "github": "hub_common.access.GitHub",
    "google": "hub_common.access.Google",
    "cognito": "hub_common.access.Generic",
    "generic": "hub_common.access.Generic",
}
COGNITO_USERNAME = "username"
COGNITO_GROUPS = "cognito:groups"


def resolve(hostname: str) -> list[str]:
    """Return the addresses of a name, none where it cannot be resolved."""
    try:
        answers = socket.getaddrinfo(hostname, 443, proto=socket.IPPROTO_TCP)
    except OSError:
        return []
    return sorted({str(answer[4][0]) for answer in answers})


def why_public(hostname: str, resolver: Resolver = resolve) -> str | None:
    """Return why the name must be taken for public, as a clause; None when it is certainly not.

    A name that does not resolve is taken for public unless it ends as names of private networks do.
    """
    addresses = list(resolver(hostname))
    public = [address for address in addresses if ipaddress.ip_address(address.split("%")[0]).is_global]
    if public:
        return f"{hostname} leads to the public address {public[0]}"
    if not addresses and not hostname.endswith(_PRIVATE_ENDINGS):
        return f"{hostname} does not resolve here, and nothing says that it is private"
    return None


def update_login(
    c: Any,
    login: LoginSettings,
    hostname: str,
    secrets: Secrets,
    *,
    public: Callable[[str], str | None] = why_public,
) -> None:
    """Set authenticator and access; raise SettingsError for a test login behind a public address.

    ``hostname`` is where users reach the hub over HTTPS.
    """
    if login.authenticator == "test" and (reason := public(hostname)):
        raise SettingsError(
            "hub.login",
            [
                f"authenticator = 'test' is refused: {reason}. Choose an identity provider, or a private host name"
            ],
        )
    c.JupyterHub.authenticator_class = AUTHENTICATORS[login.authenticator]
    c.Authenticator.allow_all = login.allow_all
    c.Authenticator.allowed_users = set(login.allowed_users)
    c.Authenticator.admin_users = set(login.admin_users)
    # Who is named in the settings may come in; who is taken out of them may not, whatever the database says.
    c.Authenticator.allow_existing_users = False
    # How long JupyterHub goes by what it knows of a user who works: then hub_common.access asks again.
    c.Authenticator.auth_refresh_age = 300
    at_start(c, begin_to_remove)
    if login.authenticator == "test":
        c.DummyAuthenticator.password = secrets.test_password
    elif login.authenticator != "none":
        _update_oauth(c, login, hostname, secrets)


def begin_to_remove(app: Any) -> None:
    """Remove those who may not log in any more, from the hub's start on."""
    app.authenticator.hub_started(app)


def _update_oauth(c: Any, login: LoginSettings, hostname: str, secrets: Secrets) -> None:
    c.OAuthenticator.oauth_callback_url = f"https://{hostname}/hub/oauth_callback"
    c.OAuthenticator.client_id = secrets.client_id
    c.OAuthenticator.client_secret = secrets.client_secret
    c.OAuthenticator.enable_auth_state = True  # encrypted with the hub's key; groups are refreshed from it
    if login.scopes:
        c.OAuthenticator.scope = list(login.scopes)
    {"github": _github, "google": _google, "cognito": _cognito, "generic": _generic}[login.authenticator](
        c, login
    )


def _github(c: Any, login: LoginSettings) -> None:
    """Let members of GitHub organizations and teams in (``org`` or ``org:team``)."""
    c.GitHubOAuthenticator.allowed_organizations = set(login.allowed_groups)
    if not login.scopes:
        c.GitHubOAuthenticator.scope = ["read:org"] if login.allowed_groups or login.admin_groups else []
    if login.admin_groups:
        c.GitHubOAuthenticator.manage_groups = True
        c.GitHubOAuthenticator.populate_teams_in_auth_state = True
        c.GitHubOAuthenticator.auth_state_groups_key = github_teams
        c.GitHubOAuthenticator.admin_groups = set(login.admin_groups)


def github_teams(auth_state: Mapping[str, Any]) -> set[str]:
    """Return a GitHub user's teams as ``org:team``, and their organizations as ``org``."""
    teams = [(team["organization"]["login"], team["slug"]) for team in auth_state.get("teams") or []]
    return {f"{organization}:{team}" for organization, team in teams} | {
        organization for organization, _ in teams
    }


def _google(c: Any, login: LoginSettings) -> None:
    """Let users of hosted domains in (``example.org``); names keep their domain, so that no two are one."""
    c.GoogleOAuthenticator.hosted_domain = sorted(login.allowed_groups)
    c.GoogleOAuthenticator.strip_domain = False
    # With domains given, all of their users may come in: OAuthenticator refuses others before it asks this.
    c.GoogleOAuthenticator.allow_all = login.allow_all or bool(login.allowed_groups)


def _cognito(c: Any, login: LoginSettings) -> None:
    """Let users of a Cognito user pool in; its groups come in Cognito's own claim."""
    _endpoints(c, login)
    c.GenericOAuthenticator.username_claim = UserName(login.username_claim or COGNITO_USERNAME)
    _groups(c, login, login.groups_claim or COGNITO_GROUPS)
    if not login.scopes:
        c.OAuthenticator.scope = ["openid", "profile", "email"]


def _generic(c: Any, login: LoginSettings) -> None:
    """Let users of any OAuth 2.0 or OpenID Connect provider in."""
    _endpoints(c, login)
    if login.username_claim:
        c.GenericOAuthenticator.username_claim = UserName(login.username_claim)
    if login.groups_claim:
        _groups(c, login, login.groups_claim)
    if not login.scopes:
        c.OAuthenticator.scope = ["openid"]


def _endpoints(c: Any, login: LoginSettings) -> None:
    c.GenericOAuthenticator.authorize_url = login.authorize_url
    c.GenericOAuthenticator.token_url = login.token_url
    c.GenericOAuthenticator.userdata_url = login.userdata_url


def _groups(c: Any, login: LoginSettings, claim: str) -> None:
    c.GenericOAuthenticator.manage_groups = True
    c.GenericOAuthenticator.auth_state_groups_key = UserGroups(claim)
    c.GenericOAuthenticator.allowed_groups = set(login.allowed_groups)
    c.GenericOAuthenticator.admin_groups = set(login.admin_groups)


@dataclass(frozen=True)
class UserName:
    """The claim that becomes the user's name, for ``username_claim``: called with what the provider says of the user."""

    claim: str

    def __call__(self, user: Mapping[str, Any]) -> str | None:
        """Return the name, None when there is none. Providers give numbers as well."""
        return _text(value_of(self.claim, user))

    def __str__(self) -> str:
        return self.claim


@dataclass(frozen=True)
class UserGroups:
    """The claim that lists the user's groups, for ``auth_state_groups_key``: called with the authentication's state."""

    claim: str

    def __call__(self, auth_state: Mapping[str, Any]) -> set[str]:
        """Return the groups: texts and numbers of a list, the keys of an object, or one text, which is one group."""
        value = value_of(self.claim, auth_state.get(OAUTH_USER))
        if isinstance(value, str | list | tuple | Mapping):
            groups = {_text(group) for group in ([value] if isinstance(value, str) else value)}
            return {group for group in groups if group}
        log.warning(
            "the claim %s is %s in what the identity provider says, so the user is of no group",
            self.claim,
            "missing" if value is None else "neither a list nor a text",
        )
        return set()

    def __str__(self) -> str:
        return self.claim


def value_of(claim: str, user: Any) -> Any:
    """Return the claim's value, None when it is not there.

    A claim of exactly this name comes first. Otherwise, unless the name is a URL, its dots lead into nested objects:
    ``realm_access.roles``, ``resource_access.hub.example.org.roles`` where ``hub.example.org`` is one object's name.
    """
    if not isinstance(user, Mapping):
        return None
    if claim in user or _CLAIM_URL.match(claim):
        return user.get(claim)
    # The longest name first, so that one with dots in it is found before a path through its parts.
    for at in sorted((found.start() for found in re.finditer(r"\.", claim)), reverse=True):
        if (value := value_of(claim[at + 1 :], user.get(claim[:at]))) is not None:
            return value
    return None


def _text(value: Any) -> str | None:
    """Return a text as it is, a number as a text; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None
