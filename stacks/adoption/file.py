"""The adoption file: what a stack takes over from an existing state. See docs/reference/adoption-file.md."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from stacks.adoption.addresses import parse_address, without_key
from stacks.settings.json_text import JsonTextError, places, read_object
from stacks.settings.text_files import TextFileError, decoded

VERSION = 1


def _existing(text: str) -> str:
    """Check where something is in a state: modules with keys, type, name, key."""
    parse_address(text)
    return text


def _ours(text: str) -> str:
    """Check where something is in our stacks: always in the root module. Of counted ones it has an index."""
    address = parse_address(text)
    if address.modules or address.key.startswith('["'):
        raise ValueError(f"{text} is not in the root module, or has a key that is not a number")
    return text


OurAddress = Annotated[str, AfterValidator(_ours)]
ExistingAddress = Annotated[str, AfterValidator(_existing)]


class AdoptionError(ValueError):
    """The adoption file does not fit the stack; the message names what and why."""


class AdoptionFileError(Exception):
    """The file cannot be used; ``mistakes`` holds a sentence for each reason."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Move(_Part):
    """A resource of the existing state and our address for it."""

    from_: ExistingAddress = Field(alias="from")
    to: OurAddress
    certainty: Literal["certain", "guessed", "told"] = "told"


class Import(_Part):
    """Something that exists in AWS but in no state, by the id that ``terraform import`` takes."""

    to: OurAddress
    id: str = Field(min_length=1)


class Source(_Part):
    """The state that the file was made from; only for people."""

    lineage: str = ""
    serial: int = 0


class AdoptionFile(_Part):
    """All of an adoption file.

    ``keep`` holds existing values of arguments (address → argument → value, null leaves the argument out),
    ``ignore`` arguments whose differences are left alone, ``carry`` whole resources that the design does not know,
    ``forget`` what Terraform lets go without destroying it, and ``leave_out`` what is not created.
    """

    version: Literal[1]
    stack: str
    source: Source = Source()
    settings: dict[str, Any] = Field(default_factory=dict)
    moves: list[Move] = Field(default_factory=list)
    imports: list[Import] = Field(default_factory=list)
    forget: list[ExistingAddress] = Field(default_factory=list)
    leave_out: list[OurAddress] = Field(default_factory=list)
    keep: dict[OurAddress, dict[str, Any]] = Field(default_factory=dict)
    ignore: dict[OurAddress, list[str]] = Field(default_factory=dict)
    carry: dict[OurAddress, dict[str, Any]] = Field(default_factory=dict)

    def kept(self, address: str, argument: str) -> Any:
        """Return the existing value that is kept for an argument of one of our resources, or None."""
        found = (values for kept, values in self.keep.items() if without_key(kept) == address)
        return next(found, {}).get(argument)

    def summary(self) -> str:
        """Return one line about what the stack takes over."""
        parts = {
            "moved": len(self.moves),
            "imported": len(self.imports),
            "forgotten": len(self.forget),
            "left out": len(self.leave_out),
            "carried": len(self.carry),
            "arguments kept": sum(map(len, self.keep.values())) + sum(map(len, self.ignore.values())),
        }
        said = ", ".join(f"{number} {part}" for part, number in parts.items() if number)
        return f"{self.stack} takes over an existing deployment: {said or 'settings only'}"

    def text(self) -> str:
        """Return the file's text: the same bytes for the same content."""
        document = self.model_dump(by_alias=True)
        kept = {
            key: value for key, value in document.items() if value or key in ("version", "stack", "moves")
        }
        return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"


def parse_adoption(given: bytes | str, stack: str) -> AdoptionFile:
    """Read the content of an adoption file; raise AdoptionFileError with every mistake in it."""
    try:
        text = decoded(given) if isinstance(given, bytes) else given
        document = read_object(text)
        where = places(text)
    except (TextFileError, JsonTextError) as error:
        raise AdoptionFileError(
            [f"{error}. Correct it, or write it anew with `.venv/bin/hubctl adopt`."]
        ) from error
    version = document.get("version")
    if version != VERSION or isinstance(version, bool):
        raise AdoptionFileError(
            [
                f"its version is {version!r}; this release reads version {VERSION}. Write it anew with `.venv/bin/hubctl adopt`."
            ]
        )
    mistakes = [
        f"{place}: {'.'.join(map(str, steps))} is there twice, first in {first}. Keep one of them."
        for steps, first, place in where.doubled
    ]
    try:
        file = AdoptionFile.model_validate(document)
    except ValidationError as error:
        for entry in error.errors():
            steps = tuple(step for step in entry["loc"] if step != "[key]")
            named = ".".join(map(str, entry["loc"]))
            mistakes.append(
                f"{where.of(steps)}: {named}: {entry['msg']}. See docs/reference/adoption-file.md."
            )
    if mistakes:
        raise AdoptionFileError(mistakes)
    if file.stack != stack:
        raise AdoptionFileError([f"it is for the stack {file.stack}. Rename the file, or write a new one."])
    return file


def read_adoption(path: Path, stack: str) -> AdoptionFile | None:
    """Read the file at ``path``, None when there is none; raise AdoptionFileError with every mistake in it."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # a path with a zero byte
        raise AdoptionFileError([f"it cannot be read ({error}). Check the file."]) from error
    return parse_adoption(content, stack)
