"""The values that stand at secret places of a state, as far as they can be told from what is public elsewhere."""

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from hubctl.adopt.secret_forms import SHORTEST, assignments, credentials, is_opaque, is_public
from hubctl.adopt.secret_names import key_names_secret
from hubctl.adopt.secret_places import Schema, at_path, document_in, secrets_in

# In a set, Terraform marks all of it when one part is sensitive; these parts only say which one it is.
_LABELS = frozenset(
    {"header_name", "http_header_name", "key", "name", "namespace", "protocol", "resource", "type"}
)
_LONGEST = 1 << 20  # bytes; user data is far shorter
_SEPARATORS = re.compile(r"[\s\"'=:,;(){}\[\]<>|&?]+")
_NAMING = re.compile(
    r"(.+_)?(arns?|bucket|dns_name|domain|domain_name|fqdn|ids?|name|names|region|zone)|cidr_block"
)


def known_secrets(
    document: Mapping[str, Any], block_of: Callable[[str], Schema | None], told: Iterable[str] = ()
) -> set[str]:
    """Return the texts that are secret wherever they stand.

    ``document`` is a state in the form of a state file; ``block_of`` gives the schema of a resource type. Left out is what
    cannot be told from public things: numbers, addresses, short words, and names by which resources are known.
    """
    found: set[str] = set(filter(_may_be_known, told))
    public = _Public()
    for kind, instance in _instances(document):
        values = instance.get("attributes") or {}
        block = block_of(kind)
        secret = set(_of_marks(values, instance.get("sensitive_attributes") or ()))
        for argument, value in values.items():
            for place in secrets_in(argument, value, block):
                secret |= set(_values(place.value, sure=place.sure))
        public.add_names(values, secret)
        found |= secret
    for entry in (document.get("outputs") or {}).values():
        if isinstance(entry, Mapping) and entry.get("sensitive"):
            found |= set(_values(entry.get("value"), sure=True))
    public.add_addresses(document)
    return {text for text in found if not public.has(text)}


class _Public:
    """What names the resources of a state, which nothing can hide."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._addresses = ""

    def add_names(self, values: Mapping[str, Any], secret: set[str]) -> None:
        """Add the names and ids of a resource, but for those that it holds as a secret as well."""
        for argument, value in values.items():
            if _NAMING.fullmatch(argument):
                texts = value if isinstance(value, list) else [value]
                self._names |= {text.rstrip(".") for text in texts if isinstance(text, str)} - secret

    def add_addresses(self, document: Mapping[str, Any]) -> None:
        """Add where everything is."""
        parts = []
        for entry in document.get("resources") or ():
            keys = (str(instance.get("index_key", "")) for instance in entry.get("instances") or ())
            parts += [entry.get("module") or "", f"{entry.get('type')}.{entry.get('name')}", *keys]
        self._addresses = "\n".join(parts)

    def has(self, text: str) -> bool:
        """Tell whether a text names something, or lies in a domain that does."""
        bare = text.rstrip(".")
        domain, dots = bare, "." in bare
        while dots and domain:
            if "." in domain and domain in self._names:
                return True
            domain = domain.partition(".")[2]
        return bare in self._names or text in self._addresses


def _of_marks(values: Mapping[str, Any], marks: Iterable[Any]) -> Iterator[str]:
    """Yield the texts at the places that a state marks, but for what only labels a part of a larger place."""
    for mark in marks:
        steps = [_step(step) for step in (mark if isinstance(mark, list) else [mark])]
        yield from _values(
            at_path(values, [step for step in steps if step is not None]), sure=True, labels=True
        )


def _step(step: Any) -> str | int | None:
    value = step.get("value") if isinstance(step, Mapping) else step
    if isinstance(value, Mapping):  # an index, with its type
        value = value.get("value")
    return int(value) if isinstance(value, float) else value if isinstance(value, str | int) else None


def _values(value: Any, *, sure: bool, labels: bool = False) -> Iterator[str]:
    """Yield the texts in a value at a secret place; with ``labels``, without what only labels them."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not (labels and key in _LABELS):
                yield from _values(item, sure=sure, labels=labels)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, sure=sure, labels=labels)
    elif isinstance(value, str):
        yield from _parts(value, sure=sure)


def _parts(text: str, *, sure: bool) -> Iterator[str]:
    """Yield a text at a secret place, and what in it is a secret by itself: in a script, a document, a list of pairs."""
    for version in (text, *_decoded(text)):
        document = document_in(version)
        if document is not None:
            yield from _members(document)
            continue
        if sure and _may_be_known(version):
            yield version
        yield from filter(is_opaque, _SEPARATORS.split(version))
        yield from filter(_may_be_known, credentials(version))
        yield from (
            value for name, value in assignments(version) if key_names_secret(name) and _may_be_known(value)
        )


def _members(document: Any, *, sure: bool = False) -> Iterator[str]:
    """Yield the texts of a document whose names say that they are secret, and those that look like it."""
    if isinstance(document, Mapping):
        for key, item in document.items():
            yield from _members(item, sure=key_names_secret(str(key)))
    elif isinstance(document, list):
        for item in document:
            yield from _members(item, sure=sure)
    elif isinstance(document, str):
        yield from _parts(document, sure=sure)


def _decoded(text: str) -> Iterator[str]:
    """Yield what a text is in base64, as user data often is, compressed or not."""
    if len(text) < 16 or re.search(r"[^\w+/=\n-]", text):
        return
    try:
        raw = base64.b64decode(text, validate=True)
        if raw.startswith(b"\x1f\x8b"):
            raw = zlib.decompressobj(wbits=31).decompress(raw, _LONGEST)
        decoded = raw.decode()
    except (binascii.Error, ValueError, zlib.error):
        return
    if decoded.isprintable() or "\n" in decoded:
        yield decoded


def _may_be_known(text: str) -> bool:
    return len(text.strip()) >= SHORTEST and not is_public(text.strip())


def _instances(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield type and instance of everything in a state: look-ups and objects that are left over as well."""
    for entry in document.get("resources") or ():
        for instance in entry.get("instances") or ():
            yield entry["type"], instance
