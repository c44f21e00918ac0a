"""Users' own domains: a server at ``NAME.HOST`` is another origin than the hub and than the servers of others.

The proxy routes by host name in any case, and JupyterHub asks :meth:`UserDomains.domain` for the name of a server's host. A
server keeps the host that it was started with: its cookies, its OAuth client and the pages that are open in browsers
hold it. So a change of the setting ends nothing, and shows at the next start of each server.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from docker.errors import DockerException

from hub_common.names import NOTEBOOK, host_label
from swarm_hub.cluster import KIND_LABEL, OWN_DOMAIN_LABEL

log = logging.getLogger("swarm_hub.user_domains")


class UserDomains:
    """Who has an own domain. ``own`` is whether servers that start now get one.

    One object for JupyterHub, which asks for hosts, and for all spawners, which say what runs.
    """

    def __init__(self, *, own: bool = False) -> None:
        self.own = own
        self._others: set[str] = set()

    def __deepcopy__(self, _: dict[int, Any]) -> UserDomains:
        """Return itself: traitlets copies what it configures."""
        return self

    @property
    def others(self) -> int:
        """How many servers run with what was set before."""
        return len(self._others)

    def has_own(self, user: str) -> bool:
        """Return whether the user's server has an own domain, or gets one when it starts."""
        return self.own is not (user in self._others)

    def keep(self, user: str, *, own: bool) -> None:
        """Remember what the user's running server was started with."""
        if own is self.own:
            self._others.discard(user)
        else:
            self._others.add(user)

    def forget(self, user: str) -> None:
        """Let the user's next server have what is set: none runs any more."""
        self._others.discard(user)

    def domain(self, name: str, domain: str, kind: str) -> str:
        """Return the host of a user's server, or of a service; ``domain`` is the hub's."""
        if kind != "user":
            return f"{host_label(name)}--{kind}.{domain}"
        return f"{host_label(name)}.{domain}" if self.has_own(name) else domain


def all_have_domains(connect: Callable[[], Any]) -> bool:
    """Return whether each notebook server that runs has an own domain; ``connect`` returns docker's ``APIClient``.

    Only then may the hub's cookie be valid for the whole host, which shields it from cookies that pages of users'
    domains set: a server on the hub's host would be sent it. An engine that does not answer counts as no.
    """
    try:
        services = connect().services(filters={"label": f"{KIND_LABEL}={NOTEBOOK}"})
    except (DockerException, OSError) as error:
        log.warning("Docker does not say which hosts the running servers have: %s", error)
        return False
    return all((service["Spec"].get("Labels") or {}).get(OWN_DOMAIN_LABEL) == "true" for service in services)


def tell_hosts(hub: Any, domains: UserDomains) -> None:
    """Write into the hub's log which hosts servers get, and how many still have those of before."""
    hosts = (
        f"a domain of their user below {hub.domain}" if domains.own else f"the host {hub.domain}, all of them"
    )
    hub.log.info("Servers that start get %s; %d keep what was set before", hosts, domains.others)
