"""Who is taken out of the settings, or out of a group that they name, is out: at the hub's start, and while it runs.

JupyterHub asks whether somebody may come in at their login only. Cookies last for two weeks, tokens for ever, a server
until it is stopped, and a former administrator stays one. Here the question is asked again:

* when the hub starts, of everybody in its database, by what is known of them (no identity provider is asked);
* while it runs, whenever JupyterHub has the provider's knowledge of a user renewed: after each five minutes of use.

Whoever may not come in loses cookies and tokens at once; then their servers are stopped, and the hub forgets them. Their
files stay. An identity provider that is away, or does not know, changes nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub import orm, roles
from jupyterhub.auth import Authenticator
from sqlalchemy import inspect
from tornado.web import HTTPError

RETRY_SECONDS = 15.0
PENDING_SECONDS = 0.5


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
        """Let somebody in, or not; who comes in is an administrator, or is one no longer, as the settings say."""
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
        """Look at a user of the database when the hub starts; later refuse those whom the settings do not let in."""
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
        except Exception as error:  # nobody is thrown out because somebody else is in trouble
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
            # False: the provider wants another login. That is no verdict.
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
        """Stop the user's servers and forget the user; again and again, because Docker may be away."""
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
