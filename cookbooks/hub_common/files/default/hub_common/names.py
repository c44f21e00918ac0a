"""Names that running systems know: those made from user names, and the prefixes of labels, variables and metrics.

A user's directory's name must keep its name for ever, and no two users may share one: user names that are not plain get a
digest of the whole name, behind two hyphens that no plain name contains. What a hub calls its labels and variables
stands in its own :class:`LiveNames`: a change there must go on reading what systems that run have from before.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,46}[a-z0-9])?")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
SERVICE_PREFIX = "notebook-"
# The value of the label `kind` on the users' servers.
NOTEBOOK = "notebook"


@dataclass(frozen=True, kw_only=True)
class LiveNames:
    """What the names of one kind of hub begin with: labels of containers, variables, metrics.

    ``former`` are the names of earlier releases, which containers and files that are there may still carry.
    """

    labels: str
    variables: str
    metrics: str
    former: LiveNames | None = None

    def label(self, name: str) -> str:
        """Return the label, such as ``chef-hub.kind``."""
        return self.labels + name

    def variable(self, name: str) -> str:
        """Return the environment variable, such as ``CHEF_HUB_PROXY_URL``."""
        return self.variables + name

    def metric(self, name: str) -> str:
        """Return the Prometheus metric, such as ``chef_hub_maintenance``."""
        return self.metrics + name

    def value(self, environment: Mapping[str, str], name: str) -> str:
        """Return the variable's value, that of its former name where only this is set, empty when neither is."""
        found = environment.get(self.variable(name), "")
        return found or (self.former.value(environment, name) if self.former else "")


def directory_name(user_name: str) -> str:
    """Return the name of the user's directory: 1 to 62 of a-z, 0-9, hyphen, underscore and dot."""
    return _safe(user_name, _PLAIN, r"[^a-z0-9_.-]+", 46)


def service_name(user_name: str) -> str:
    """Return the name of the user's Swarm service or container, which is a host name of at most 63 characters too."""
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
