"""Whoever is removed from the settings, or from a group that they name, loses access: at the hub's start, and while it runs.

JupyterHub asks only at login whether a user may come in. Cookies last for two weeks, tokens for ever, a server
until it is stopped, and a former administrator stays one. Here the question is asked again:

* when the hub starts, of everybody in its database, by what is known of them (no identity provider is asked);
* while it runs, whenever JupyterHub has the provider's knowledge of a user renewed: after each five minutes of use.

Whoever may not come in loses cookies and tokens at once; then their servers are stopped, and the hub forgets them. Their
files stay. An identity provider that is away, or does not know, changes nothing.

At the end are the authenticators that the settings offer, each with :class:`SettledAccess`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub import orm, roles
from jupyterhub.auth import Authenticator, DummyAuthenticator, NullAuthenticator
from oauthenticator.generic import GenericOAuthenticator  # type: ignore[import-untyped]
from oauthenticator.github import GitHubOAuthenticator  # type: ignore[import-untyped]
from oauthenticator.google import GoogleOAuthenticator  # type: ignore[import-untyped]
from oauthenticator.oauth2 import OAuthenticator  # type: ignore[import-untyped]
from sqlalchemy import inspect
from tornado.web import HTTPError

RETRY_SECONDS = 15.0
PENDING_SECONDS = 0.5
# Answers of GitHub that say: no member. https://docs.github.com/en/rest/orgs/members
NO_MEMBER = (302, 404)
MEMBER = 204


class UndecidedError(Exception):
    """The identity provider does not say whether the user may come in."""


class SettledAccess(Authenticator):  # type: ignore[misc]  # JupyterHub has no types
    """Mixed into an authenticator: the settings decide, and decide again."""

    _app: Any = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._let_in: set[str] = set()
        self.locked_out: set[str] = set()
        self._leaving: dict[str, asyncio.Task[None]] = {}

    # --- what the settings say ---

    async def settled(self, name: str, auth_state: Any) -> bool | None:
        """Return whether the user may come in, by settings and stored knowledge; None when only the provider knows."""
        del auth_state
        return self.allow_all or self.named(name)

    async def settled_admin(self, name: str, auth_state: Any) -> bool | None:
        """Return whether the user is an administrator, in the same way."""
        del auth_state
        return name in self.admin_users

    def named(self, name: str) -> bool:
        """Return whether the settings name the user."""
        return name in self.allowed_users or name in self.admin_users

    # --- login ---

    async def get_authenticated_user(self, handler: Any, data: Any) -> Any:
        """Let a user in or refuse; whoever comes in is an administrator exactly when the settings say so."""
        try:
            model = await super().get_authenticated_user(handler, data)
        except UndecidedError as error:
            self.log.warning("login refused: %s", error)
            raise HTTPError(
                403, "The identity provider does not say whether you may come in. Try again."
            ) from error
        if model:
            model["admin"] = bool(model["admin"]) or model["name"] in self.admin_users
            self._let_in.add(model["name"])
            self.locked_out.discard(model["name"])
        return model

    async def add_user(self, user: Any) -> None:
        """Check a user of the database when the hub starts; later refuse users whom the settings do not let in."""
        if self._app is None:
            await self._look_at(user)
        elif user.name not in self._let_in and await self.settled(user.name, None) is False:
            raise ValueError(
                f"the hub's settings do not let {user.name} in. Add the name to hub_login_allowed_users, or the user to one "
                "of the groups in hub_login_allowed_groups; the hub then knows the user after the first login"
            )
        super().add_user(user)

    async def _look_at(self, user: orm.User) -> None:
        try:
            known = await _stored_state(user)
        except Exception as error:  # another key: only the provider can tell
            self.log.warning("what is stored of %s cannot be read: %s", user.name, error)
            may, admin = (True if self.named(user.name) else None), None
        else:
            may = await self.settled(user.name, known)
            admin = await self.settled_admin(user.name, known)
        if admin is not None and user.admin != admin:
            self.log.warning("%s is %s administrator", user.name, "an" if admin else "no longer an")
            user.admin = admin
        if may is False:
            self.log.warning("%s may not log in any more", user.name)
            take_away(user)
            self.locked_out.add(user.name)
        roles.assign_default_roles(inspect(user).session, entity=user)

    # --- while the hub runs ---

    def hub_started(self, app: Any) -> None:
        """Begin to remove those who may not come in; ``app`` is JupyterHub."""
        self._app = app
        for name in sorted(self.locked_out):
            self._leave(name)

    async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> Any:
        """Ask again whether the user may come in, and whether they are an administrator."""
        if user.name in self.locked_out:
            raise HTTPError(403, f"{user.name} may not log in any more")
        try:
            may, model = await self._asked(user, await super().refresh_user(user, handler, **kwargs))
        except Exception as error:  # trouble at the identity provider locks no user out
            self.log.warning("whether %s may still come in is not known: %s", user.name, error)
            return True
        if may:
            return model
        self.log.warning("%s may not log in any more", user.name)
        take_away(user.orm_user)
        user.db.commit()
        self.locked_out.add(user.name)
        self._leave(user.name)
        # Not False: JupyterHub would go on with the request of a token.
        raise HTTPError(403, f"{user.name} may not log in any more")

    async def _asked(self, user: Any, model: Any) -> tuple[bool, Any]:
        """Return whether the user may come in, and what JupyterHub is to store of them."""
        if not isinstance(model, dict):
            # False: the provider wants another login. That decides nothing.
            known = await user.get_auth_state() if model else None
            return not model or await self.settled(user.name, known) is not False, model
        if model["name"] != user.name:
            return True, False
        if not self.check_blocked_users(user.name, model):
            return False, model
        try:
            may = self.allow_all or bool(await self.check_allowed(user.name, model))
        except HTTPError as error:
            if error.status_code != 403:
                raise
            may = False
        model["admin"] = bool(model["admin"])
        return may, model

    # --- the end ---

    def _leave(self, name: str) -> None:
        if self._app is not None and name not in self._leaving:
            self._leaving[name] = asyncio.create_task(self._remove(name))
            self._leaving[name].add_done_callback(lambda _: self._leaving.pop(name, None))

    async def _remove(self, name: str) -> None:
        """Stop the user's servers and delete the user; retry until it works, because Docker may be away."""
        while name in self.locked_out:
            try:
                if (found := orm.User.find(self._app.db, name)) is not None:
                    await self._stop_servers(self._app.users[found])
                    if name not in self.locked_out:  # let in again meanwhile
                        return
                    await self._app.users[found].delete_spawners()
                    self._app.users.delete(found)
                    self.log.warning("%s is removed; the files stay", name)
            except Exception as error:
                self.log.warning("cannot remove %s yet: %s", name, error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.locked_out.discard(name)
                self._let_in.discard(name)

    async def _stop_servers(self, user: Any) -> None:
        for name, spawner in list(user.spawners.items()):
            while spawner.pending:
                await asyncio.sleep(PENDING_SECONDS)
            if spawner.active:
                # The spawner first: JupyterHub takes for stopped what could not be stopped.
                spawner._stop_pending = True
                try:
                    await self._app.proxy.delete_user(user, name)
                    await spawner.stop()
                finally:
                    spawner._stop_pending = False
                await user.stop(name)


class NoLogin(SettledAccess, NullAuthenticator):  # type: ignore[misc]  # JupyterHub has no types
    """Login is closed: no user comes in."""

    async def settled(self, name: str, auth_state: Any) -> bool | None:
        """Return False: an authenticator without users lets no user in."""
        del name, auth_state
        return False


class OnePassword(SettledAccess, DummyAuthenticator):  # type: ignore[misc]
    """One password for all users, for trials."""


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


def take_away(user: orm.User) -> None:
    """Make the user's cookies and tokens worthless, and take away what an administrator may."""
    session = inspect(user).session
    user.admin = False
    user.cookie_id = orm.new_token()
    user.roles = []
    user.groups = []
    for token in list(user.api_tokens):
        session.delete(token)
    for code in session.query(orm.OAuthCode).filter_by(user_id=user.id):
        session.delete(code)


async def _stored_state(user: orm.User) -> Any:
    """Return what was stored at the last login, None when nothing was."""
    if user.encrypted_auth_state is None:
        return None
    from jupyterhub.crypto import decrypt

    return await decrypt(user.encrypted_auth_state)
