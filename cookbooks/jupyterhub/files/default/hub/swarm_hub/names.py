"""Names made from user names: the user's directory, the Swarm service and its host name.

A directory's name must stay the same for ever, and no two users may share one: names that are not plain get a
digest of the whole name, behind two hyphens that no plain name contains.
"""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,46}[a-z0-9])?")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
SERVICE_PREFIX = "notebook-"


def directory_name(user_name: str) -> str:
    """Return the name of the user's directory: 1 to 62 of a-z, 0-9, hyphen, underscore and dot."""
    return _safe(user_name, _PLAIN, r"[^a-z0-9_.-]+", 46)


def service_name(user_name: str) -> str:
    """Return the name of the user's Swarm service, which is a host name of at most 63 characters too."""
    return SERVICE_PREFIX + _safe(user_name, _HOST, r"[^a-z0-9-]+", 38)


def _safe(name: str, plain: re.Pattern[str], strange: str, length: int) -> str:
    if plain.fullmatch(name) and "--" not in name and ".." not in name:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    readable = re.sub(r"-{2,}|\.{2,}", "-", re.sub(strange, "-", name.lower()))[:length].strip("-_.")
    return f"{readable or 'user'}--{digest}"
