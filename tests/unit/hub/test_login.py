"""Login settings end in authenticators that let in whom they name: built here as JupyterHub builds them.

The authenticators take seconds to import, so the tests do it: all who only collect this file go without.
"""

import asyncio
from typing import Any

import pytest
from tornado.web import HTTPError
from traitlets.config import Config

from swarm_hub.claims import UserGroups, UserName
from swarm_hub.login import AUTHENTICATORS, github_teams, update_login
from swarm_hub.secrets import Secrets
from swarm_hub.settings import SettingsError, check_settings

SECRETS = Secrets(client_id="client", client_secret="very secret", test_password="a long password")
ENDPOINTS = {
    "authorize_url": "https://id.example/authorize",
    "token_url": "https://id.example/token",
    "userdata_url": "https://id.example/user",
}


def configured(document: dict[str, Any], *, public: str | None = None, **login: Any) -> Config:
    document["hub"]["login"] = login
    config = Config()
    settings = check_settings(document)
    update_login(config, settings.hub.login, settings.hub_hostname, SECRETS, public=lambda _: public)
    return config


def test_nobody_gets_in_without_settings(document: dict[str, Any]) -> None:
    config = configured(document)
    assert config.JupyterHub.authenticator_class == AUTHENTICATORS["none"]
    assert config.Authenticator.allow_all is False
    assert config.Authenticator.allowed_users == set()


def test_every_kind_is_an_authenticator_that_can_be_imported() -> None:
    from swarm_hub.access import SettledAccess

    for name in AUTHENTICATORS.values():
        module, _, attribute = name.rpartition(".")
        found = getattr(__import__(module, fromlist=[attribute]), attribute)
        assert issubclass(found, SettledAccess), name


def test_test_login_is_refused_on_a_public_address(document: dict[str, Any]) -> None:
    login = {"authenticator": "test", "allow_test_login": True, "allow_all": True}
    with pytest.raises(SettingsError, match="leads to the public address"):
        configured(document, public="hub leads to the public address 8.8.8.8", **login)
    config = configured(document, **login)
    assert config.JupyterHub.authenticator_class == AUTHENTICATORS["test"]
    assert config.DummyAuthenticator.password == "a long password"


@pytest.mark.parametrize("public", ["it is public", None])
def test_identity_providers_may_be_public(document: dict[str, Any], public: str | None) -> None:
    config = configured(document, public=public, authenticator="github", allowed_users=["ada"])
    assert config.OAuthenticator.client_secret == "very secret"
    assert config.OAuthenticator.oauth_callback_url == "https://notebooks.example.org/hub/oauth_callback"


def test_github_teams_administer(document: dict[str, Any]) -> None:
    from oauthenticator.github import GitHubOAuthenticator

    config = configured(
        document,
        authenticator="github",
        allowed_groups=["lab"],
        admin_groups=["lab:staff"],
        admin_users=["root"],
    )
    authenticator = GitHubOAuthenticator(config=config)
    assert authenticator.allowed_organizations == {"lab"}
    assert authenticator.admin_users == {"root"}
    assert "read:org" in authenticator.scope
    state = {"teams": [{"slug": "staff", "organization": {"login": "lab"}}]}
    assert asyncio.run(authenticator.get_user_groups(state)) == {"lab:staff", "lab"}
    assert authenticator.admin_groups == {"lab:staff"}
    assert github_teams({}) == set()


def test_google_domains_let_their_users_in_under_their_full_names(document: dict[str, Any]) -> None:
    from oauthenticator.google import GoogleOAuthenticator

    config = configured(document, authenticator="google", allowed_groups=["example.org"])
    authenticator = GoogleOAuthenticator(config=config)
    assert authenticator.hosted_domain == ["example.org"]
    assert authenticator.strip_domain is False

    def model(domain: str, verified: bool = True) -> dict[str, Any]:
        user = {"hd": domain, "domain": domain, "verified_email": verified, "email": f"ada@{domain}"}
        return {"name": f"ada@{domain}", "auth_state": {"google_user": user}}

    def let_in(domain: str) -> bool:
        name = f"ada@{domain}"
        return authenticator.check_blocked_users(name, model(domain)) and asyncio.run(
            authenticator.check_allowed(name, model(domain))
        )

    assert let_in("example.org")
    assert not let_in("example.com")
    with pytest.raises(HTTPError, match="unverified"):
        asyncio.run(authenticator.check_allowed("ada@example.org", model("example.org", verified=False)))


@pytest.mark.parametrize(
    ("kind", "extra", "claim", "groups"),
    [
        ("cognito", {}, "username", "cognito:groups"),
        ("generic", {"username_claim": "sub", "groups_claim": "realm.groups"}, "sub", "realm.groups"),
    ],
)
def test_open_id_providers_let_groups_in(
    document: dict[str, Any], kind: str, extra: dict[str, str], claim: str, groups: str
) -> None:
    from oauthenticator.generic import GenericOAuthenticator

    config = configured(
        document, authenticator=kind, allowed_groups=["lab"], admin_groups=["staff"], **ENDPOINTS, **extra
    )
    authenticator = GenericOAuthenticator(config=config)
    assert authenticator.username_claim == UserName(claim)
    assert authenticator.token_url == ENDPOINTS["token_url"]
    user: Any = {"cognito:groups": ["lab"]} if kind == "cognito" else {"realm": {"groups": ["lab"]}}
    assert authenticator.auth_state_groups_key == UserGroups(groups)
    assert asyncio.run(authenticator.get_user_groups({"oauth_user": user})) == {"lab"}
    assert "openid" in authenticator.scope


def test_scopes_of_the_settings_win(document: dict[str, Any]) -> None:
    from oauthenticator.github import GitHubOAuthenticator

    config = configured(document, authenticator="github", allowed_users=["ada"], scopes=["user:email"])
    assert GitHubOAuthenticator(config=config).scope == ["user:email"]
