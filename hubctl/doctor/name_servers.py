"""What name servers answer: to whom a domain is delegated, and which CAA records a name has, as a resolver sees it."""

import ipaddress

import dns.exception
import dns.resolver

from hubctl.core.errors import BadInputError

RESOLVER_DEADLINE = 5.0  # seconds


class NotDelegatedError(Exception):
    """The domain does not exist, or no server answers for it; the text says which."""


class UnreachableError(Exception):
    """No name server could be asked."""


def delegated_to(domain: str, nameserver: str | None = None) -> frozenset[str]:
    """Return the names of a domain's name servers, in lower case without the final dot.

    Args:
        domain: Name of the zone.
        nameserver: ``ADDRESS`` or ``ADDRESS:PORT`` to ask; None asks the system's resolver.

    Raises:
        NotDelegatedError: The parent zone knows no such domain, or its servers do not answer for it.
        UnreachableError: No resolver answers.

    """
    try:
        answer = _resolver(nameserver).resolve(f"{domain}.", "NS", lifetime=RESOLVER_DEADLINE)
    except dns.resolver.NXDOMAIN:
        raise NotDelegatedError("there is no such domain in the DNS") from None
    except dns.resolver.NoAnswer:
        raise NotDelegatedError("its parent zone does not delegate it") from None
    except dns.resolver.NoNameservers:
        raise NotDelegatedError("the servers that it is delegated to do not answer for it") from None
    except (dns.exception.DNSException, OSError) as error:
        raise UnreachableError(str(error) or type(error).__name__) from error
    return frozenset(str(record.target).rstrip(".").lower() for record in answer)


def caa_records(domain: str, nameserver: str | None = None) -> list[str]:
    """Return a name's CAA records as texts, such as ``0 issue "example.org"``; none where no server says."""
    try:
        answer = _resolver(nameserver).resolve(f"{domain}.", "CAA", lifetime=RESOLVER_DEADLINE)
    except (dns.exception.DNSException, OSError):
        return []
    return [record.to_text() for record in answer]


def _resolver(nameserver: str | None) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=nameserver is None)
    if nameserver is not None:
        address, port = server_address(nameserver)
        resolver.nameservers, resolver.port = [address], port
    return resolver


def server_address(nameserver: str) -> tuple[str, int]:
    """Return address and port of ``ADDRESS``, ``ADDRESS:PORT`` or ``[ADDRESS]:PORT``; raise BadInputError."""
    address, separator, port = nameserver.rpartition(":")
    if not separator or (":" in address.strip("[]") and not address.startswith("[")):
        address, port = nameserver, "53"
    address = address.strip("[]")
    try:
        ipaddress.ip_address(address)
        number = int(port)
        if not 0 < number < 65536:
            raise ValueError(port)
        return address, number
    except ValueError:
        raise BadInputError(
            f"--nameserver {nameserver!r} is not an address",
            remedy="Write --nameserver 192.0.2.53 or --nameserver 127.0.0.1:5353.",
        ) from None
