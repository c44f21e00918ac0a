"""Names made from user names: the user's directory, the Swarm service and its host name, the user's domain.

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


def host_label(user_name: str) -> str:
    """Return the first label of the user's own domain.

    JupyterHub's own names would not do: it tells odd names apart by 28 bits, which somebody who may choose a name can
    meet, and it keeps capitals, which browsers do not.
    """
    label = _safe(user_name, _HOST, r"[^a-z0-9-]+", 38)
    return label if label == user_name else f"u-{label}"  # no hyphens at places 3 and 4, which IDNA reserves


def _safe(name: str, plain: re.Pattern[str], strange: str, length: int) -> str:
    if plain.fullmatch(name) and "--" not in name and ".." not in name:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    readable = re.sub(r"-{2,}|\.{2,}", "-", re.sub(strange, "-", name.lower()))[:length].strip("-_.")
    return f"{readable or 'user'}--{digest}"
