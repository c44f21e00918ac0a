"""What stands in an existing state: its resources, and the look-ups that its author used."""

import gzip
import shlex
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hubctl.core.errors import BadInputError
from hubctl.core.tool_versions import terraform_binary
from stacks.adoption.addresses import stands_for, without_key

Form = Literal["plain", "shown", "gzip", "utf-8-sig", "utf-16", "utf-32"]
UNKNOWN = "FOLDER"  # stands for the folder of the existing configuration
LARGEST = 1 << 30  # bytes that a compressed state may grow to
_REMEDY = "Give a whole state: the state file itself, `terraform state pull`, or `terraform show -json`."
_BOMS: tuple[tuple[bytes, Form], ...] = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
# Each writes the state to its standard output as Terraform reads it.
_READ = {
    "gzip": "gunzip -c",
    "utf-8-sig": "tail -c +4",
    "utf-16": "iconv -f UTF-16 -t UTF-8",
    "utf-32": "iconv -f UTF-32 -t UTF-8",
}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A file or the folder of a configuration with a backend; neither of them for standard input.

    ``form`` is "plain" for a state file as Terraform writes it, "shown" for what ``terraform show -json`` prints, and
    else how a state file is packed or encoded.
    """

    path: Path | None = None
    backend: Path | None = None
    form: Form = "plain"

    def copying(self) -> tuple[list[str], Path]:
        """Return the commands that make a copy which Terraform can work on, and the copy's path.

        Where it is not known, ``FOLDER`` stands for the folder of the existing configuration.
        """
        if self.path is not None and self.form != "shown":
            copy = self.path.with_name(f"{self.path.name.partition('.')[0]}-to-adopt.tfstate")
            source, target = shlex.quote(str(self.path)), shlex.quote(str(copy))
            read = _READ.get(self.form)
            return [f"{read} {source} > {target}" if read else f"cp {source} {target}"], copy
        copy = Path("state-to-adopt.tfstate")
        folder = shlex.quote(str(self.backend)) if self.backend else UNKNOWN
        return [f"{terraform_binary()} -chdir={folder} state pull > {copy}"], copy

    def installing(self, file: Path, target: str) -> str:
        """Return the command, between backticks, that puts the state in ``file`` at ``target`` as Terraform reads it."""
        source = shlex.quote(str(file))
        if self.form == "shown":
            pull = f"`(umask 077 && {terraform_binary()} -chdir={UNKNOWN} state pull > {target})`"
            return f"{pull}, where {UNKNOWN} is that of the existing configuration"
        read = _READ.get(self.form)
        return (
            f"`(umask 077 && {read} {source} > {target})`" if read else f"`install -m 600 {source} {target}`"
        )


def decoded(raw: bytes, name: str) -> tuple[str, Form]:
    """Return the text of a state, and the form in which it was: with a byte order mark, in UTF-16, or compressed.

    Raises BadInputError when it is not a text; ``name`` is what the error calls it.
    """
    form: Form = "plain"
    if raw.startswith(b"\x1f\x8b"):
        raw, form = _unpacked(raw, name), "gzip"
    if raw.startswith(b"PK\x03\x04"):
        raise BadInputError(f"{name} is a saved plan or another archive, not a state", remedy=_REMEDY)
    encoding: Form = next((found for mark, found in _BOMS if raw.startswith(mark)), "plain")
    if encoding == "plain" and raw[1:2] == b"\0":
        raw, encoding = b"\xff\xfe" + raw, "utf-16"  # written without its mark
    try:
        text = raw.decode("utf-8" if encoding == "plain" else encoding)
    except UnicodeDecodeError as error:
        raise BadInputError(
            f"{name} is not text in UTF-8 or UTF-16: {error.reason}", remedy=_REMEDY
        ) from error
    return text, encoding if form == "plain" else form


def _unpacked(raw: bytes, name: str) -> bytes:
    try:
        unpacker = zlib.decompressobj(wbits=31)
        found = unpacker.decompress(raw, LARGEST)
        if not unpacker.eof:
            raise gzip.BadGzipFile("it ends too early, or is too large")
    except (zlib.error, gzip.BadGzipFile) as error:
        raise BadInputError(f"{name} is a damaged gzip file: {error}", remedy=_REMEDY) from error
    return found


Key = str | int | None
_AWS = "hashicorp/aws"


@dataclass(frozen=True, kw_only=True)
class Existing:
    """One instance of a resource, or of a data source when ``is_lookup``.

    Attributes:
        address: Where it is, with modules and keys, such as ``module.lab["a"].aws_subnet.public[0]``.
        resource: The address without the last key; what a ``removed`` block takes.
        values: Its attributes. Whatever is in ``sensitive`` (names of top-level attributes) is never shown.
        provider: Source and alias of its provider, such as ``hashicorp/aws`` or ``hashicorp/aws.home``.
        tainted: Terraform would replace it whatever the configuration says.

    """

    address: str
    resource: str
    type: str
    name: str
    key: Key
    provider: str
    values: Mapping[str, Any] = field(repr=False)
    sensitive: frozenset[str] = frozenset()
    is_lookup: bool = False
    tainted: bool = False

    def text(self, attribute: str) -> str:
        """Return a text attribute; empty when there is none."""
        value = self.values.get(attribute)
        return value if isinstance(value, str) else ""

    def texts(self, attribute: str) -> list[str]:
        """Return the texts in a list; empty when there are none."""
        return texts_of(self.values.get(attribute))

    def blocks(self, block: str) -> list[Mapping[str, Any]]:
        """Return all nested blocks of a name; empty when there are none."""
        found = self.values.get(block)
        return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []

    def first(self, block: str) -> Mapping[str, Any]:
        """Return the first of nested blocks; empty when there is none."""
        return next(iter(self.blocks(block)), {})


@dataclass(frozen=True, kw_only=True)
class ExistingState:
    """A whole state. ``document`` is in the form of a state file, as Terraform reads it; ``origin`` says where it came from.

    ``background`` takes no part in an adoption, but what it ties together, such as an Elastic IP and its instance, counts.
    """

    resources: Sequence[Existing]
    lookups: Sequence[Existing]
    lineage: str
    serial: int
    terraform_version: str
    document: Mapping[str, Any] = field(repr=False)
    background: Sequence[Existing] = ()
    origin: Origin = field(default_factory=Origin)

    def of(self, *types: str) -> Iterator[Existing]:
        """Yield the resources of these types, in the order of the state."""
        return (resource for resource in self.resources if resource.type in types)

    def within(self, address: str) -> list[Existing]:
        """Return what an address stands for: one instance, all instances of a resource, or all of a module.

        Keys may be left out on the way: ``module.lab.aws_subnet.a`` stands for those of all instances of the module.
        """
        return [resource for resource in self.resources if stands_for(address, resource.address)]

    def at(self, address: str) -> Existing | None:
        """Return the resource at an address."""
        return next((resource for resource in self.resources if resource.address == address), None)


def imported(address: str, values: Mapping[str, Any]) -> Existing:
    """Return a resource of ours that is imported, as far as a plan tells of it: no state has it."""
    resource = without_key(address)
    kind, _, name = resource.partition(".")
    return Existing(
        address=address, resource=resource, type=kind, name=name, key=None, provider=_AWS, values=values
    )


def texts_of(value: Any) -> list[str]:
    """Return the texts in a list; empty for anything else."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def is_empty(value: Any) -> bool:
    """Tell whether a value stands for "not set" in a state: 0 and False may be meant."""
    return value is None or value in ("", [], {})


def mean_the_same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal, or both stand for "not set"."""
    return one == other or (is_empty(one) and is_empty(other))


def is_aws(provider: str) -> bool:
    """Tell whether a provider, as in :attr:`Existing.provider`, is the one that the stacks use."""
    return provider.partition(".")[0] == _AWS


def with_key(resource: str, key: Key) -> str:
    """Return the address of an instance: ``aws_subnet.a`` and 0 give ``aws_subnet.a[0]``."""
    if key is None:
        return resource
    if isinstance(key, int):
        return f"{resource}[{key}]"
    quoted = key.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{")
    return f'{resource}["{quoted}"]'


def natural(address: str) -> list[tuple[int, int, str]]:
    """Return a sort key by which ``a[2]`` comes before ``a[10]``."""
    parts: list[tuple[int, int, str]] = []
    digits = text = ""
    for character in address + "\0":
        if character.isdigit():
            digits += character
            continue
        if digits:
            parts += [(1, 0, text), (0, int(digits), "")]
            digits = text = ""
        text += character
    return [*parts, (1, 0, text)]
