"""Which texts are secrets by how they look, which are public however they are named, and which names say "secret".

Names are arguments of the provider, keys of maps, variables and headers. The patterns of credentials are those that the issuers
document. We keep this short list here: detect-secrets, the known library for it, has
published no release since May 2024, and most of its detectors read lines of source code, not values.
"""

import itertools
import re
from collections.abc import Iterator

from hub_constructs.core.aws_limits.regions import USABLE, suffixes

SHORTEST = 6  # characters; anything shorter is found by chance in other texts
_OPAQUE = 12
_CREDENTIALS = re.compile(
    "|".join(
        (
            r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",  # access keys of AWS
            r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----",
            r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*",  # JSON web tokens
            r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{50,}\b",
            r"\bgl(?:pat|ptt|dt|rt|cbt|soat|ft)-[\w-]{20,}",  # GitLab
            r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}",  # Slack
            r"\bhttps://hooks\.slack\.com/(?:services|workflows)/[\w/]{8,}",
            r"\bhttps://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d+/[\w-]+",
            r"\bhttps://[\w.-]+\.webhook\.office\.com/[\w@/-]{8,}",
            r"\bhttps://events\.pagerduty\.com/integration/\w{16,}",
            r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{16,}",  # Stripe
            r"\bSG\.[\w-]{20,}\.[\w-]{20,}",  # SendGrid
            r"\bnpm_[A-Za-z0-9]{36}\b|\bpypi-AgEI[\w-]{40,}|\bdckr_pat_[\w-]{20,}|\bhf_[A-Za-z0-9]{30,}\b",
            r"\bsk-(?:ant-|proj-)?[\w-]{32,}|\bAIza[\w-]{35}|\bya29\.[\w-]{20,}",  # model providers, Google
            r"\bhv[sb]\.[\w-]{20,}|\bdop_v1_[0-9a-f]{64}\b|\bdapi[0-9a-f]{32}\b",  # Vault, DigitalOcean, Databricks
            r"\b[a-z][a-z0-9+.-]{1,30}://[^\s/:@\"'$]*:[^\s/@\"'${]{3,}@[\w.\[-]",  # a password in a URL
            # Of an Authorization header
            r"\b(?:Basic|Bearer) (?=\S*\d|[A-Za-z]*[a-z][A-Z])[\w.~+/-]{8,}={0,2}",
        )
    )
)
_VALUE = r"""(?P<value>[^\s"'&;,|<>(){}$`\\]{6,})"""
_ASSIGNED = re.compile(
    r"""(?<![\w.-])(?P<name>[A-Za-z][\w.-]{0,60}+)["']?(?P<sign>\s*(?:=>?|:)\s*["']?|[ \t]+["'])""" + _VALUE
)
_FLAG = re.compile(r"""(?<![\w-])--(?P<name>[A-Za-z][\w-]{0,60})(?P<sign>[ =]["']?)""" + _VALUE)
_PUBLIC = re.compile(
    "|".join(
        (
            r"arn:[\w-]+:[^\s]*",
            r"[a-z]{1,16}-[0-9a-f]{8,17}",  # ids of AWS
            r"\d+(\.\d+)*",
            r"[0-9a-fA-F:.]+/\d{1,3}|\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7}",  # addresses
            rf"(?:{USABLE})(?:-[a-z]+-\d+)?[a-z]?",  # regions and zones
            r"\d{4}-\d\d-\d\d(T[\d:.+Z-]+)?",
            r"(?-i:/[a-z0-9_.-]+){1,20}(?:/\*?)?|(?:application|audio|font|image|text|video)/[\w.+-]+",
            rf"[\w.-]+\.(?:{'|'.join(map(re.escape, suffixes()))})\.?",
            r"[\w.-]+\.(?:internal|cloudfront\.net|amazoncognito\.com|awsglobalaccelerator\.com)\.?",
            r"ELBSecurityPolicy-[\w-]+|TLSv1\.[\w.]+",
            r"true|false|null|none|enabled|disabled|default|required|optional|allow|deny|forward|redirect|string",
            r"seconds|minutes|hours|standard|advanced|simple|active|inactive|private|public|basic|custom|secrets?manager",
            r"terraform|opentofu|jupyterhub|jupyter|notebooks?|production|staging|development|testing|example|changeme",
            r"managed by (?:terraform|opentofu)|fixed-response|authenticate-(?:oidc|cognito)|HTTP_30[12]|#\{\w+\}",
        )
    ),
    re.IGNORECASE,
)
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
_PUBLIC_NAMES = frozenset(
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


def has_credential(text: str) -> bool:
    """Tell whether a credential of a well-known form stands in a text."""
    return bool(_CREDENTIALS.search(text))


def without_credentials(text: str, instead: str) -> str:
    """Return a text with ``instead`` in the place of every credential of a well-known form."""
    return _CREDENTIALS.sub(lambda _: instead, text)


def credentials(text: str) -> Iterator[str]:
    """Yield the credentials of well-known forms in a text, and their secret part alone, such as the password in a URL."""
    for match in _CREDENTIALS.finditer(text):
        yield match[0]
        beginning, found, core = match[0].partition(" " if "://" not in match[0] else ":")
        if found and "://" in match[0]:
            core = core.rpartition("@")[0].rpartition(":")[2]
        if found and core and not beginning.startswith("-"):
            yield core


def is_public(text: str) -> bool:
    """Tell whether a text is of a form that secrets do not have: a number, an address, an ARN, a path, a plain word of AWS."""
    return bool(_PUBLIC.fullmatch(text)) and not has_credential(text)


def is_opaque(text: str) -> bool:
    """Tell whether a text looks as if a machine had made it up."""
    return (
        len(text) >= _OPAQUE
        and not re.search(r"[\s.:]", text)
        and len(re.findall(r"\d", text)) >= 2
        and len(re.findall(r"[A-Za-z]", text)) >= 2
        and not is_public(text)
    )


def assignments(text: str) -> Iterator[tuple[str, str]]:
    """Yield names and values that a script or a configuration in ``text`` assigns.

    Forms are ``export NAME=value``, ``name: value``, ``name 'value'`` and ``--name value``. Plain words after a colon are
    prose, and so are references to what holds the value.
    """
    for pattern in (_ASSIGNED, _FLAG):
        for match in pattern.finditer(text):
            prose = match["sign"].strip() == ":" and match["value"].isalpha()
            if not prose and not is_public(match["value"]):
                yield match["name"], match["value"]


def names_secret(argument: str) -> bool:
    """Tell whether an argument of the provider holds a secret, by its name."""
    if argument in _PUBLIC_NAMES:
        return False
    return argument.endswith("_wo") or argument.startswith("user_data") or _says(_parts(argument), _WORDS)


def key_names_secret(key: str) -> bool:
    """Tell whether a key that people chose (of a tag, a variable, a member of a document) names a secret."""
    if key.lower() in (
        "aws:referer",
        "aws:useragent",
    ):  # a policy's conditions, used as passwords between services
        return True
    return key.lower() not in _PUBLIC_NAMES and _says(_parts(key), _WORDS | _CHOSEN_WORDS)


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
