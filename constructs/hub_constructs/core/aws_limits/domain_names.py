"""Names of the DNS: what a domain of a hub may be, and how a wrong one is explained."""

import re

from hub_constructs.core.variable_specs import TextRule

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# Top-level domains are letters, or punycode for those in other scripts: https://www.rfc-editor.org/rfc/rfc5891#section-4.2
_TOP_LEVEL = "([a-z]{2,63}|xn--[a-z0-9]([a-z0-9-]{0,57}[a-z0-9])?)"

LONGEST = 253  # octets of a name as text: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
LONGEST_LABEL = 63

FULL_NAME = TextRule(
    pattern=f"({_LABEL}[.])+{_TOP_LEVEL}",
    problem="it is not a full domain name",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html",
)
LENGTH = TextRule(
    longest=LONGEST,
    problem=f"it is longer than the {LONGEST} octets that DNS allows",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html",
)
DOMAIN = (FULL_NAME, LENGTH)

# The first name of a certificate becomes its common name. A longer one can only be a further name.
CERTIFICATE_LONGEST = 64
CERTIFICATE_NAME = TextRule(
    longest=CERTIFICATE_LONGEST,
    problem=(
        f"it is longer than the {CERTIFICATE_LONGEST} octets that AWS Certificate Manager allows for a certificate's "
        "domain; choose a shorter one"
    ),
    source="https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html",
)

# chef-hub answers at names below the domain. The longest is a user's own domain, LABEL.notebooks.DOMAIN.
_BELOW = "notebooks."
BELOW_LONGEST = LONGEST - LONGEST_LABEL - 1 - len(_BELOW)
ROOM_BELOW = TextRule(
    longest=BELOW_LONGEST,
    problem=(
        f"it is longer than {BELOW_LONGEST} octets, so a user's own domain, NAME.{_BELOW}DOMAIN, would be longer than "
        f"the {LONGEST} that DNS allows; choose a shorter one"
    ),
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html",
)

# Characters that Python's older standard writes in another way than today's: no spelling is proposed for them.
_DEVIATING = frozenset("ßς\u200c\u200d")


def explained_domain(name: str) -> str | None:
    """Return why DNS does not allow a name, as the end of a sentence; None when another rule refuses it."""
    return _problem_of_name(name) or _problem_of_labels(name.split("."))


def _problem_of_name(name: str) -> str | None:
    """Return what is wrong with a name as a whole."""
    if not name:
        return "it is empty"
    if "/" in name or ":" in name:
        return "it is a URL or has a port, and only the name of the host is wanted"
    if any(character.isspace() for character in name):
        return "there is white space in it"
    if not name.isascii():
        written = punycode(name)
        return "DNS has no such letters" + (f"; it is registered as {written}" if written else "")
    if not FULL_NAME.broken(name.lower().rstrip(".")) and FULL_NAME.broken(name):
        return f"it is written {name.lower().rstrip('.')}, without capital letters and without a final dot"
    if "*" in name:
        return "it is a wildcard, not one name"
    return "the names of hosts have no underscores" if "_" in name else None


def _problem_of_labels(labels: list[str]) -> str | None:
    """Return what is wrong with a part of a name."""
    if "" in labels:
        return "a dot stands at its beginning or end, or beside another one"
    if long := [label for label in labels if len(label) > LONGEST_LABEL]:
        return f"{long[0]!r} is longer than the {LONGEST_LABEL} octets that DNS allows between two dots"
    if hyphened := [label for label in labels if label.startswith("-") or label.endswith("-")]:
        return f"{hyphened[0]!r} begins or ends with a hyphen"
    if len(labels) == 1:
        return "it has no dot, so it is not a full domain name"
    if re.fullmatch(f"({_LABEL}[.])+{_LABEL}", ".".join(labels)) and not re.fullmatch(_TOP_LEVEL, labels[-1]):
        return f"{labels[-1]!r} is not a top-level domain"
    return None


def punycode(name: str) -> str | None:
    """Return how DNS spells a name with other letters; None when that is not certain."""
    if set(name) & _DEVIATING:
        return None
    try:
        written = name.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return None if FULL_NAME.broken(written) else written
