"""The gate for secrets: what of an existing state is never shown and never written, at its place or anywhere else."""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from hubctl.adopt.secrets.patterns import (
    SHORTEST,
    assignments,
    credentials,
    has_credential,
    is_opaque,
    is_public,
    key_names_secret,
    names_secret,
    without_credentials,
)
from hubctl.adopt.secrets.places import Schema, at_path, document_in, secrets_in, texts_in
from hubctl.adopt.state.existing import Existing, ExistingState, is_empty
from hubctl.core.errors import BadInputError

# In a set, Terraform marks all of it when one part is sensitive; these parts only say which one it is.
_LABELS = frozenset(
    {"header_name", "http_header_name", "key", "name", "namespace", "protocol", "resource", "type"}
)
_LONGEST = 1 << 20  # bytes; user data is far shorter
_SEPARATORS = re.compile(r"[\s\"'=:,;(){}\[\]<>|&?]+")
_NAMING = re.compile(
    r"(.+_)?(arns?|bucket|dns_name|domain|domain_name|fqdn|ids?|name|names|region|zone)|cidr_block"
)
HIDDEN = "(sensitive)"
_WRAPPED = r"[\s│]+"  # Terraform breaks the lines of its errors, and draws a frame beside them
Result = TypeVar("Result")


def known_secrets(
    document: Mapping[str, Any], block_of: Callable[[str], Schema | None], given: Iterable[str] = ()
) -> set[str]:
    """Return the texts that are secret wherever they stand.

    ``document`` is a state in the form of a state file; ``block_of`` gives the schema of a resource type. Left out is what
    cannot be told from public things: numbers, addresses, short words, and names by which resources are known.
    """
    found: set[str] = set(filter(_may_be_known, given))
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


class Secrets:
    """Knows the secrets of a state: their places, and their values wherever else these stand.

    Places are what the state marks as sensitive, what the provider's schema does, what is named like a secret, the
    variables of programs, and user data. Everything that the adoption writes or prints has to pass here.
    """

    def __init__(
        self,
        state: ExistingState | None = None,
        schemas: Mapping[str, Schema] | None = None,
        given: Iterable[str] = (),
        public: Iterable[str] = (),
    ) -> None:
        """Take the state, the provider's schemas by resource type, and what the operator gave: secrets, and public values."""
        self._schemas = schemas or {}
        self._blocks: dict[str, Schema | None] = {}
        document = state.document if state else {}
        known = known_secrets(document, self._block, given) - set(public)
        self._known = sorted(known, key=len, reverse=True)
        spellings = [spelling for text in self._known for spelling in _spellings(text)]
        self._pattern = re.compile("|".join(map(_loosely, spellings))) if spellings else None

    def in_value(self, resource: Existing | str | None, argument: str, value: Any) -> bool:
        """Tell whether ``value`` of ``argument`` holds a secret: then it is neither written nor shown.

        ``resource`` is the existing resource, a type such as ``aws_lb`` for one of ours, or None. What is not set
        is not a secret.
        """
        if is_empty(value):
            return False
        if isinstance(resource, Existing) and argument in resource.sensitive:
            return True
        kind = resource.type if isinstance(resource, Existing) else resource or ""
        if any(True for _ in secrets_in(argument, value, self._block(kind))):
            return True
        return any(self.in_text(text) for text in texts_in(value))

    def left_out_of(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return settings without those whose value holds a secret: it was not said that it may be written down."""
        return {
            name: value
            for name, value in settings.items()
            if not any(self.in_text(text) for text in texts_in(value))
        }

    def in_text(self, text: str) -> bool:
        """Tell whether a known secret or a credential of a well-known form stands in a text."""
        return has_credential(text) or bool(self._pattern and self._pattern.search(text))

    def shown(
        self,
        resource: Existing | str | None,
        argument: str,
        value: Any,
        *,
        secret: bool = False,
        longest: int = 70,
    ) -> str:
        """Return a value for people, shortened to ``longest`` characters, or ``(sensitive)``; always so if ``secret``."""
        if secret or self.in_value(resource, argument, value):
            return HIDDEN
        return _shortened(value, longest)

    def redacted(self, text: str) -> str:
        """Return a free text, such as an error of Terraform, without the secrets in it."""
        text = self._pattern.sub(HIDDEN, text) if self._pattern else text
        return without_credentials(text, HIDDEN)

    def redacted_all(self, document: Any) -> Any:
        """Return plain data with every text in it as :meth:`redacted` returns it."""
        if isinstance(document, str):
            return self.redacted(document)
        if isinstance(document, Mapping):
            return {self.redacted_all(key): self.redacted_all(item) for key, item in document.items()}
        return (
            [self.redacted_all(item) for item in document] if isinstance(document, list | tuple) else document
        )

    def guarded(self, work: Callable[[], Result]) -> Result:
        """Do ``work``; whatever it raises names no secret, and neither does what that came from."""
        try:
            return work()
        except Exception as error:  # the traceback of any other than ours is read by people as well
            raised = error
        for name, said in list(vars(raised).items()):
            if isinstance(said, str):
                setattr(raised, name, self.redacted(said))
        raised.args = tuple(self.redacted(part) if isinstance(part, str) else part for part in raised.args)
        raised.__cause__ = raised.__context__ = None
        raise raised

    def check_file(self, text: str) -> None:
        """Raise BadInputError when a known secret stands in the text of an adoption file; it names where, not what."""
        document = json.loads(text)
        for part, content in document.items():
            for where, value in _entries(part, content):
                if any(self.in_text(found) for found in texts_in(value)):
                    address = where.split(": ")[0]
                    raise BadInputError(
                        f"{where} holds what the existing state keeps as a secret; no adoption file was written",
                        remedy=f"Let go of it: --forget, with the existing address of {address}. It stays in AWS as it is."
                        if part == "carry"
                        else f"If its value may be public, say so by telling it: --settings {address.split()[-1]}=VALUE."
                        if part == "settings"
                        else "Take the secret out of what holds it.",
                    )

    def _block(self, kind: str) -> Schema | None:
        if kind not in self._blocks:
            schema = self._schemas.get(kind)
            self._blocks[kind] = schema["block"] if schema else None
        return self._blocks[kind]


def is_secret(attribute: str, sensitive: Collection[str] = ()) -> bool:
    """Tell whether an attribute holds a secret by its name; ``sensitive`` are those that the state marks."""
    return attribute in sensitive or names_secret(attribute)


def shown(attribute: str, value: object, sensitive: Collection[str] = (), *, longest: int = 70) -> str:
    """Return a value for people, shortened, or ``(sensitive)``, by names alone; see :meth:`Secrets.shown`."""
    if is_secret(attribute, sensitive) or (
        isinstance(value, dict) and any(map(key_names_secret, map(str, value)))
    ):
        return HIDDEN
    return _shortened(value, longest)


def _shortened(value: object, longest: int) -> str:
    text = "not set" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def _entries(part: str, content: Any) -> Iterable[tuple[str, Any]]:
    """Yield where something stands in a part of an adoption file, as ``ADDRESS: its argument NAME``, and the value."""
    if part in ("keep", "carry"):
        for address, arguments in content.items():
            for argument, value in arguments.items():
                yield f"{address}: its argument {argument}", value
    elif part == "settings":
        for name, value in content.items():
            yield f"the setting {name}", value
    elif part != "source":  # the lineage is a random number by itself
        yield f"the part {part}", content


def _spellings(text: str) -> list[str]:
    """Return the ways in which a text is written: as it is, in JSON, in Terraform's language."""
    escaped = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    spellings = {text, *escaped}
    spellings |= {one.replace("${", "$${").replace("%{", "%%{") for one in spellings}
    return sorted(spellings, key=len, reverse=True)


def _loosely(text: str) -> str:
    """Return a pattern for a text: short ones as whole words only, and whatever blanks between its words."""
    pattern = _WRAPPED.join(map(re.escape, text.split()))
    return rf"(?<!\w){pattern}(?!\w)" if len(text) < 8 else pattern
