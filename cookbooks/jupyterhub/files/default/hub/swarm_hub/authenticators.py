"""The authenticators that the settings offer, each with :class:`swarm_hub.access.SettledAccess`."""

from __future__ import annotations

from typing import Any

from jupyterhub.auth import DummyAuthenticator, NullAuthenticator
from oauthenticator.generic import GenericOAuthenticator  # type: ignore[import-untyped]
from oauthenticator.github import GitHubOAuthenticator  # type: ignore[import-untyped]
from oauthenticator.google import GoogleOAuthenticator  # type: ignore[import-untyped]
from oauthenticator.oauth2 import OAuthenticator  # type: ignore[import-untyped]
from tornado.web import HTTPError

from swarm_hub.access import SettledAccess, UndecidedError

# Answers of GitHub that say: no member. https://docs.github.com/en/rest/orgs/members
NO_MEMBER = (302, 404)
MEMBER = 204


class Nobody(SettledAccess, NullAuthenticator):  # type: ignore[misc]  # JupyterHub has no types
    """No login: nobody comes in."""

    async def settled(self, name: str, auth_state: Any) -> bool | None:
        """Return False: an authenticator that knows nobody lets nobody in."""
        del name, auth_state
        return False


class OnePassword(SettledAccess, DummyAuthenticator):  # type: ignore[misc]
    """One password for everybody, for trials."""


class SettledOAuth(SettledAccess, OAuthenticator):  # type: ignore[misc]
    """What the OAuth logins have in common: groups, as stored at the last look at the provider."""

    def model_of(self, name: str, auth_state: Any) -> dict[str, Any]:
        """Return what the provider would say, if it said the same as last time."""
        return {"name": name, "admin": name in self.admin_users or None, "auth_state": auth_state}

    async def settled(self, name: str, auth_state: Any) -> bool | None:
        """Return whether the user may come in, by the groups that are stored."""
        if self.allow_all or self.named(name):
            return True
        if not auth_state:  # never logged in by this provider
            return False
        try:
            model = await self._apply_managed_groups(self.model_of(name, auth_state))
            return bool(await self.check_allowed(name, model))
        except (KeyError, TypeError, HTTPError):  # stored by another provider, or refused by name
            return False

    async def settled_admin(self, name: str, auth_state: Any) -> bool | None:
        """Return whether the user is an administrator, by the groups that are stored."""
        if name in self.admin_users or not auth_state or not self.manage_groups:
            return name in self.admin_users
        try:
            model = await self._apply_managed_groups(self.model_of(name, auth_state))
        except (KeyError, TypeError):
            return False
        return bool(model["admin"])


class Generic(SettledOAuth, GenericOAuthenticator):  # type: ignore[misc]
    """Any OAuth 2.0 or OpenID Connect provider, Cognito among them."""


class Google(SettledOAuth, GoogleOAuthenticator):  # type: ignore[misc]
    """Google: hosted domains in place of groups."""

    async def settled(self, name: str, auth_state: Any) -> bool | None:
        """Return whether the user is named, or of a hosted domain: by Google's word, else by the name's end."""
        if self.hosted_domain and not self._of_domain(name, auth_state):
            return False
        return bool(self.allow_all or self.named(name))

    def _of_domain(self, name: str, auth_state: Any) -> bool:
        if not auth_state:
            return name.rpartition("@")[2].lower() in {domain.lower() for domain in self.hosted_domain}
        try:
            return bool(self.check_blocked_users(name, self.model_of(name, auth_state)))
        except (KeyError, TypeError):  # stored by another provider
            return False


class GitHub(SettledOAuth, GitHubOAuthenticator):  # type: ignore[misc]
    """GitHub: organizations and teams, which GitHub alone knows."""

    async def settled(self, name: str, auth_state: Any) -> bool | None:
        """Return whether the user is named; of organizations and teams nothing is stored."""
        if self.allow_all or self.named(name):
            return True
        asked = bool(auth_state) and self.user_auth_state_key in auth_state
        return None if self.allowed_organizations and asked else False

    async def _check_membership_allowed_organizations(
        self, org_team: str, username: str, access_token: str, token_type: str
    ) -> bool:
        """Tell a member from others; raise UndecidedError when GitHub says neither, as when it limits the rate."""
        headers = self.build_userdata_request_headers(access_token, token_type)
        organization, _, team = org_team.partition(":")
        place = f"{organization}/teams/{team}" if team else organization
        answer = await self.httpfetch(
            f"{self.github_api}/orgs/{place}/members/{username}",
            parse_json=False,
            raise_error=False,
            method="GET",
            headers=headers,
            follow_redirects=False,
            validate_cert=self.validate_server_cert,
        )
        if answer.code == MEMBER or answer.code in NO_MEMBER:
            return bool(answer.code == MEMBER)
        raise UndecidedError(f"GitHub answers {answer.code} to whether {username} is in {org_team}")
