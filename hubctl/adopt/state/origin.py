"""Where an existing state came from and how its text was encoded: what a command has to do to read it again."""

import gzip
import shlex
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hubctl.core.errors import BadInputError
from hubctl.core.tool_versions import terraform_binary

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
