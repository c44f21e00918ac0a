"""Is a host name's address one that the whole Internet reaches? The test login must not stand behind it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable

# Reserved for tests and private networks: RFC 2606, RFC 6761, RFC 6762, RFC 8375, ICANN 2024 (internal).
_PRIVATE_ENDINGS = (".test", ".example", ".invalid", ".localhost", ".local", ".internal", ".home.arpa")

Resolver = Callable[[str], Iterable[str]]


def resolve(hostname: str) -> list[str]:
    """Return the addresses of a name, none where it cannot be resolved."""
    try:
        answers = socket.getaddrinfo(hostname, 443, proto=socket.IPPROTO_TCP)
    except OSError:
        return []
    return sorted({str(answer[4][0]) for answer in answers})


def why_public(hostname: str, resolver: Resolver = resolve) -> str | None:
    """Return why the name must be taken for public, as a clause; None when it is certainly not.

    A name that does not resolve is taken for public unless it ends as names of private networks do.
    """
    addresses = list(resolver(hostname))
    public = [address for address in addresses if ipaddress.ip_address(address.split("%")[0]).is_global]
    if public:
        return f"{hostname} leads to the public address {public[0]}"
    if not addresses and not hostname.endswith(_PRIVATE_ENDINGS):
        return f"{hostname} does not resolve here, and nothing says that it is private"
    return None
