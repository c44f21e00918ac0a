"""Which names say that what they name is a secret: arguments of the provider, keys of maps, variables, headers."""

import itertools
import re

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_WORDS = frozenset(
    {
        *("password", "passwords", "passwd", "passphrase", "pwd", "secret", "secrets", "token", "webhook"),
        *("credential", "credentials", "apikey", "privatekey", "secretkey", "accesskey", "authtoken"),
    }
)
# Kinds of keys that are secret, unlike the name of an SSH key pair or the id of a KMS key.
_KEYS = frozenset(
    {
        *("access", "account", "api", "auth", "bearer", "client", "crypt", "encryption", "host"),
        *(
            "license",
            "master",
            "preshared",
            "private",
            "secret",
            "session",
            "shared",
            "signing",
            "ssh",
            "storage",
        ),
    }
)
# In the names that people choose, further words say so; among the provider's arguments these name modes.
_CHOSEN_WORDS = frozenset({"auth", "authorization", "bearer", "cookie", "dsn", "jwt", "pass", "pin", "salt"})
# What is about a secret, not one: where it is, how long it lives, of what kind it is.
_ABOUT = frozenset(
    {
        *("age", "algorithm", "arn", "at", "bucket", "count", "days", "dir", "domain", "domains", "enabled"),
        *(
            "endpoint",
            "endpoints",
            "expiration",
            "expiry",
            "expression",
            "parameter",
            "storage",
            "file",
            "flows",
            "format",
            "group",
            "groups",
            "id",
        ),
        *(
            "ids",
            "length",
            "limit",
            "manager",
            "mechanism",
            "method",
            "methods",
            "mode",
            "name",
            "names",
            "param",
        ),
        *(
            "path",
            "policy",
            "prefix",
            "provider",
            "providers",
            "region",
            "required",
            "role",
            "rotation",
            "scheme",
        ),
        *(
            "scope",
            "scopes",
            "size",
            "source",
            "spec",
            "status",
            "store",
            "strategy",
            "ttl",
            "type",
            "units",
            "uri",
            "url",
        ),
        *("user", "username", "validity", "version"),
    }
)
# The provider's names of public things: idempotency tokens, proofs of a domain in the DNS, whom a key belongs to.
_PUBLIC = frozenset(
    {
        *("creation_token", "lock_token", "update_token", "verification_token", "version_token"),
        *("api_key_required", "token_key_id", "public_key", "host_key_fingerprint", "user_data_shared"),
        *("client_token", "ec2_ssh_key", "trusted_host_keys"),
        # Keys of KMS, by their id
        *("default_encryption_key", "encryption_key", "kms_encryption_key", "volume_encryption_key"),
        "user_data_replace_on_change",
    }
)
# Headers that every client sends, or that say something about it; any other one is likely to be a password of a kind.
_CLIENT_HEADERS = re.compile(
    r"(accept(-.+)?|cache-control|cloudfront-(viewer|is)-.+|connection|content-(type|length)|dnt|forwarded|from|host"
    r"|if-.+|origin|range|sec-.+|te|true-client-ip|upgrade|user-agent|via|x-amz-cf-id|x-amzn-trace-id|x-forwarded-.+"
    r"|x-real-ip|x-requested-with)",
    re.IGNORECASE,
)


def names_secret(argument: str) -> bool:
    """Tell whether an argument of the provider holds a secret, by its name."""
    if argument in _PUBLIC:
        return False
    return argument.endswith("_wo") or argument.startswith("user_data") or _says(_parts(argument), _WORDS)


def key_names_secret(key: str) -> bool:
    """Tell whether a key that people chose (of a tag, a variable, a member of a document) names a secret."""
    if key.lower() in (
        "aws:referer",
        "aws:useragent",
    ):  # a policy's conditions, used as passwords between services
        return True
    return key.lower() not in _PUBLIC and _says(_parts(key), _WORDS | _CHOSEN_WORDS)


def header_is_secret(header: str) -> bool:
    """Tell whether the value of a header may be a secret; most custom headers are shared only for that."""
    return not _CLIENT_HEADERS.fullmatch(header)


def _says(parts: list[str], words: frozenset[str]) -> bool:
    if not parts or (parts[-1] in _ABOUT and "webhook" not in parts):
        return False
    if any(part in words for part in parts):
        return True
    pairs = list(itertools.pairwise(parts))
    keys = any(second in ("key", "keys") and first in _KEYS for first, second in pairs)
    return keys or ("connection", "string") in pairs


def _parts(name: str) -> list[str]:
    """Return the words of a name, in lower case: ``dbPassword`` and ``DB_PASSWORD`` give ``db`` and ``password``."""
    return [part.lower() for part in _PARTS.findall(name)]
