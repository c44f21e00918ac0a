"""Login: which identity provider, and whom of its users the hub lets in. Without settings, nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from swarm_hub.claims import UserGroups, UserName
from swarm_hub.login_settings import LoginSettings
from swarm_hub.public_address import why_public
from swarm_hub.secrets import Secrets
from swarm_hub.settings import SettingsError
from swarm_hub.start_hooks import at_start

AUTHENTICATORS = {
    "none": "swarm_hub.authenticators.Nobody",
    "test": "swarm_hub.authenticators.OnePassword",
    "github": "swarm_hub.authenticators.GitHub",
    "google": "swarm_hub.authenticators.Google",
    "cognito": "swarm_hub.authenticators.Generic",
    "generic": "swarm_hub.authenticators.Generic",
}
COGNITO_USERNAME = "username"
COGNITO_GROUPS = "cognito:groups"


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
    # How long JupyterHub goes by what it knows of a user who works: then swarm_hub.access asks again.
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
    # With domains given, whoever is of one of them may come in: nobody else gets as far as this setting.
    c.GoogleOAuthenticator.allow_all = login.allow_all or bool(login.allowed_groups)


def _cognito(c: Any, login: LoginSettings) -> None:
    """Let users of a Cognito user pool in; its groups come in a claim of their own."""
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
