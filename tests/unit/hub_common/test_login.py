"""Login settings end in authenticators that let in whom they name, also by claims: built here as JupyterHub builds them.

The authenticators take seconds to import, so the tests do it: all who only collect this file go without.
"""

import asyncio
import copy
from typing import Any

import pytest
from tornado.web import HTTPError
from traitlets.config import Config

from hub_common.login import (
    AUTHENTICATORS,
    UserGroups,
    UserName,
    github_teams,
    resolve,
    update_login,
    value_of,
    why_public,
)
from hub_common.settings import LoginSettings, Secrets, SettingsError
from swarm_hub.settings import check_settings

SECRETS = Secrets(client_id="client", client_secret="very secret", test_password="a long password")
ENDPOINTS_BY_NAME = {
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


def test_without_settings_no_user_gets_in(document: dict[str, Any]) -> None:
    config = configured(document)
    assert config.JupyterHub.authenticator_class == AUTHENTICATORS["none"]
    assert config.Authenticator.allow_all is False
    assert config.Authenticator.allowed_users == set()


def test_every_kind_is_an_authenticator_that_can_be_imported() -> None:
    from hub_common.access import SettledAccess

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
        document,
        authenticator=kind,
        allowed_groups=["lab"],
        admin_groups=["staff"],
        **ENDPOINTS_BY_NAME,
        **extra,
    )
    authenticator = GenericOAuthenticator(config=config)
    assert authenticator.username_claim == UserName(claim)
    assert authenticator.token_url == ENDPOINTS_BY_NAME["token_url"]
    user: Any = {"cognito:groups": ["lab"]} if kind == "cognito" else {"realm": {"groups": ["lab"]}}
    assert authenticator.auth_state_groups_key == UserGroups(groups)
    assert asyncio.run(authenticator.get_user_groups({"oauth_user": user})) == {"lab"}
    assert "openid" in authenticator.scope


def test_scopes_of_the_settings_win(document: dict[str, Any]) -> None:
    from oauthenticator.github import GitHubOAuthenticator

    config = configured(document, authenticator="github", allowed_users=["ada"], scopes=["user:email"])
    assert GitHubOAuthenticator(config=config).scope == ["user:email"]


URL = "https://example.org/claims.v2/roles"
ENDPOINTS = {name: f"https://id.example/{name}" for name in ("authorize_url", "token_url", "userdata_url")}


def authenticator(kind: str = "generic", **login: Any) -> Any:
    from hub_common.access import Generic

    config = Config()
    settings = LoginSettings(authenticator=kind, **ENDPOINTS, **login)  # type: ignore[arg-type]
    assert settings.conflicts() == []
    update_login(config, settings, "hub.example.org", Secrets(client_id="client", client_secret="secret"))
    return Generic(config=copy.deepcopy(config))


async def logged_in(made: Any, user: dict[str, Any]) -> dict[str, Any]:
    """Return JupyterHub's model of a user, as OAuthenticator makes it of what a provider says."""
    name = made.user_info_to_username(user)
    state = {"oauth_user": user}
    model = {"name": name, "admin": True if name in made.admin_users else None, "auth_state": state}
    model = await made._apply_managed_groups(await made.update_auth_model(model))
    return {**model, "allowed": await made.check_allowed(name, model)}


# What a provider says of a user, with the claim that the settings name; the user is of the group staff.
PROVIDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Auth0's namespaced claim": ("https://example.org/roles", {"https://example.org/roles": ["staff", "x"]}),
    "a URL with dots in its path": (URL, {URL: ["staff"]}),
    "a URL with a port": (
        "https://id.example.org:8443/roles",
        {"https://id.example.org:8443/roles": ["staff"]},
    ),
    "Auth0's namespace without a scheme": ("example.org/roles", {"example.org/roles": ["staff"]}),
    "AD FS, whose only group is a text": (
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
        {"http://schemas.microsoft.com/ws/2008/06/identity/claims/role": "staff"},
    ),
    "Zitadel's object of roles": (
        "urn:zitadel:iam:org:project:roles",
        {"urn:zitadel:iam:org:project:roles": {"staff": {"123": "example.org"}}},
    ),
    "an OID": ("urn:oid:1.3.6.1.4.1.5923", {"urn:oid:1.3.6.1.4.1.5923": ["staff"]}),
    "Entra ID": ("groups", {"groups": ["staff", "0f6b0c1e-7c6b-4ac5-8a32-3c5d6f4f5a10"]}),
    "Keycloak's roles of a realm": ("realm_access.roles", {"realm_access": {"roles": ["staff"]}}),
    "Keycloak's roles of a client": (
        "resource_access.hub.example.org.roles",
        {"resource_access": {"hub.example.org": {"roles": ["staff"]}}},
    ),
    "a name with a dot": ("roles.v2", {"roles.v2": ["staff"], "roles": {"v2": ["others"]}}),
    "GitLab's numbers": ("groups", {"groups": [17, "staff"]}),
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_case_13_groups_let_in_and_make_administrators(provider: str) -> None:
    claim, user = PROVIDERS[provider]

    async def scenario() -> None:
        allowed = authenticator(username_claim="sub", groups_claim=claim, allowed_groups=("staff",))
        model = await logged_in(allowed, {"sub": "ada", **user})
        assert (model["name"], model["allowed"]) == ("ada", True)
        assert "staff" in model["groups"]
        assert not model["admin"]
        assert await allowed.settled("ada", model["auth_state"]) is True

        admins = authenticator(username_claim="sub", groups_claim=claim, admin_groups=("staff",))
        model = await logged_in(admins, {"sub": "ada", **user})
        assert model["admin"] is True
        assert await admins.settled_admin("ada", model["auth_state"]) is True

        others = authenticator(username_claim="sub", groups_claim=claim, allowed_groups=("pupils", "s"))
        model = await logged_in(others, {"sub": "ada", **user})
        assert model["allowed"] is False
        assert await others.settled("ada", model["auth_state"]) is False

    asyncio.run(scenario())


def test_case_13_cognito_s_own_claim_is_the_default() -> None:
    made = authenticator("cognito", allowed_groups=("staff",))
    model = asyncio.run(logged_in(made, {"username": "ada", "cognito:groups": ["staff"]}))
    assert (model["name"], model["allowed"]) == ("ada", True)


@pytest.mark.parametrize(
    ("claim", "user"),
    [
        ("sub", {"sub": "ada"}),
        ("https://example.org/login.name", {"https://example.org/login.name": "ada"}),
        (
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
            {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": "ada"},
        ),
        ("profile.name", {"profile": {"name": "ada"}}),
        ("profile.name", {"profile.name": "ada", "profile": {"name": "somebody else"}}),
    ],
)
def test_case_13_the_user_s_name_is_found(claim: str, user: dict[str, Any]) -> None:
    made = authenticator(username_claim=claim, allow_all=True)
    assert made.user_info_to_username(user) == "ada"


def test_names_that_are_numbers_become_texts_and_other_things_are_none() -> None:
    made = authenticator(username_claim="id", allow_all=True)
    assert made.user_info_to_username({"id": 4711}) == "4711"
    for user in ({}, {"id": ""}, {"id": True}, {"id": ["ada"]}, {"id": None}):
        with pytest.raises(ValueError, match="No id found"):
            made.user_info_to_username(user)


def test_case_13_a_dot_in_a_url_is_never_a_path() -> None:
    user = {"https://example": {"org/roles": ["staff"]}}
    assert value_of("https://example.org/roles", user) is None
    assert UserGroups("https://example.org/roles")({"oauth_user": user}) == set()


@pytest.mark.parametrize(
    "state", [{}, {"oauth_user": None}, {"oauth_user": []}, {"github_user": {"groups": ["a"]}}]
)
def test_a_state_from_another_provider_gives_no_groups(state: dict[str, Any]) -> None:
    assert UserGroups("groups")(state) == set()


@pytest.mark.parametrize("value", [None, True, 7, "", [], {}, [None, [], {}]])
def test_values_that_are_no_groups_are_none(value: Any) -> None:
    assert UserGroups("groups")({"oauth_user": {"groups": value}}) == set()


def test_claims_show_their_name_in_messages() -> None:
    assert (str(UserGroups(URL)), str(UserName(URL))) == (URL, URL)


@pytest.mark.parametrize(
    ("name", "addresses", "public"),
    [
        ("hub.example.org", ["8.8.8.8"], True),
        ("hub.example.org", ["10.0.0.5", "8.8.8.8"], True),
        ("hub.example.org", ["2600:1f18::1"], True),
        ("hub.example.org", ["10.0.0.5"], False),
        ("hub.example.org", ["127.0.0.1", "::1"], False),
        ("hub.example.org", [], True),
        ("notebooks.lab.test", [], False),
        ("notebooks.lab.internal", [], False),
        ("notebooks.lab.test", ["8.8.8.8"], True),
        ("nottest.com", [], True),
    ],
)
def test_only_what_is_certainly_private_is_private(name: str, addresses: list[str], public: bool) -> None:
    reason = why_public(name, lambda _: addresses)
    assert (reason is not None) == public
    if reason:
        assert name in reason


def test_localhost_resolves_here() -> None:
    assert "127.0.0.1" in resolve("localhost") or "::1" in resolve("localhost")
