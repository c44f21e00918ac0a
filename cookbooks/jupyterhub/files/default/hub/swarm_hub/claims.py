"""Claims of an identity provider: where in a user's data the settings' name of one leads.

OAuthenticator takes each dot in the name of a groups' claim for a step into a nested object, and none in the name of the
user's. But names of claims may hold dots: they are URLs at many providers, because claims of one's own must be told
apart from others' (https://datatracker.ietf.org/doc/html/rfc7519#section-4.2).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

log = logging.getLogger("swarm_hub.claims")

# https://datatracker.ietf.org/doc/html/rfc3986#section-3.1
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
USER = (
    "oauth_user"  # of the authentication's state, where OAuthenticator keeps what the provider says of a user
)


def value_of(claim: str, user: Any) -> Any:
    """Return the claim's value, None when it is not there.

    A claim of exactly this name comes first. Otherwise, unless the name is a URL, its dots lead into nested objects:
    ``realm_access.roles``, ``resource_access.hub.example.org.roles`` where ``hub.example.org`` is one object's name.
    """
    if not isinstance(user, Mapping):
        return None
    if claim in user or _URL.match(claim):
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
        value = value_of(self.claim, auth_state.get(USER))
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
