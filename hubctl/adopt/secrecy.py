"""What is never shown and never written: sensitive attributes, and those whose name says that they hold a secret."""

import re
from collections.abc import Collection

HIDDEN = "(sensitive)"
# user_data is no secret by itself, but people put secrets there.
_SECRET = re.compile(
    r"(password|passwd|secret|private_key|api_key|access_key|auth_token|credential|(^|_)token$|user_data)",
    re.IGNORECASE,
)
_NO_SECRET = frozenset({"creation_token", "secret_id", "user_data_replace_on_change", "http_tokens"})


def is_secret(attribute: str, sensitive: Collection[str] = ()) -> bool:
    """Tell whether an attribute's value must not be shown; ``sensitive`` are those that the state marks."""
    return attribute in sensitive or (attribute not in _NO_SECRET and bool(_SECRET.search(attribute)))


def shown(attribute: str, value: object, sensitive: Collection[str] = (), *, longest: int = 70) -> str:
    """Return a value for people, shortened, or ``(sensitive)``."""
    if is_secret(attribute, sensitive) or (isinstance(value, dict) and any(map(is_secret, value))):
        return HIDDEN
    text = "not set" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
