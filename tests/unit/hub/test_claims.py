"""Case 13: claims by name, URL or path, in the authenticators as the hub builds them."""

import asyncio
import copy
from typing import Any

import pytest
from traitlets.config import Config

from swarm_hub.claims import UserGroups, UserName, value_of
from swarm_hub.login import update_login
from swarm_hub.login_settings import LoginSettings
from swarm_hub.secrets import Secrets

URL = "https://example.org/claims.v2/roles"
ENDPOINTS = {name: f"https://id.example/{name}" for name in ("authorize_url", "token_url", "userdata_url")}


def authenticator(kind: str = "generic", **login: Any) -> Any:
    from swarm_hub.authenticators import Generic

    config = Config()
    settings = LoginSettings(authenticator=kind, **ENDPOINTS, **login)  # type: ignore[arg-type]
    assert settings.misfits() == []
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
def test_a_state_that_another_provider_stored_has_no_groups(state: dict[str, Any]) -> None:
    assert UserGroups("groups")(state) == set()


@pytest.mark.parametrize("value", [None, True, 7, "", [], {}, [None, [], {}]])
def test_values_that_are_no_groups_are_none(value: Any) -> None:
    assert UserGroups("groups")({"oauth_user": {"groups": value}}) == set()


def test_claims_show_their_name_in_messages() -> None:
    assert (str(UserGroups(URL)), str(UserName(URL))) == (URL, URL)
