"""Terraform's errors about a configuration, parsed.

Which resource and which place in it an error is about, and what it says about arguments: that they exclude each other, are
missing, or are not valid.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

# A place in a resource's arguments: names of arguments and blocks, and positions in lists of blocks.
Place = tuple[str | int, ...]
_WITH = re.compile(r"^\s+with ([a-z][a-z0-9_]*\.[\w-]+),$")
_ON = re.compile(r"^\s+on \S+ line \d+, in resource\.([a-z][a-z0-9_]*\.[\w-]+)((?:\.[\w-]+|\[\d+\])*):$")
_SNIPPET = re.compile(r'^\s*\d+:\s+(?:"([\w-]+)":)?')
Kind = Literal["exclusive", "one of", "together", "missing", "not valid"]
_P = r"\"?`?([\w.\[\]-]+)`?\"?"
_LIST = r"[`\[]([^`\]]+)[`\]]"
# Each phrase with what it means; one with two names gives both.
_PHRASES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("exclusive", re.compile(rf"\"([\w.\[\]-]+)\": conflicts with {_P}")),
    ("exclusive", re.compile(rf"only one of {_LIST} can be specified, but")),
    ("exclusive", re.compile(rf"Attribute {_P} cannot be specified when {_P} is specified")),
    (
        "exclusive",
        re.compile(rf"[2-9] attributes specified when one \(and only one\) of {_LIST} is required"),
    ),
    ("exclusive", re.compile(rf"attributes cannot be configured together: {_LIST}")),
    ("one of", re.compile(rf": one of {_LIST} must be specified")),
    ("one of", re.compile(rf"No attribute specified when one \(and only one\) of {_LIST} is required")),
    ("one of", re.compile(rf"At least one attribute out of {_LIST} must be specified")),
    ("one of", re.compile(rf"(?:Exactly|At least) one of these attributes must be configured: {_LIST}")),
    ("together", re.compile(rf": all of {_LIST} must be specified")),
    ("together", re.compile(rf"Attribute {_P} must be specified when {_P} is specified")),
    ("together", re.compile(rf"attributes must be configured together: {_LIST}")),
    ("missing", re.compile(r"The argument \"([\w-]+)\" is required")),
    ("missing", re.compile(r"At least \d+ \"([\w-]+)\" blocks are required")),
    ("missing", re.compile(r"\"([\w.-]+)\": required field is not set")),
    ("missing", re.compile(r"(?:Attribute|Block) ([\w.\[\]-]+) must have a configuration value")),
    ("not valid", re.compile(r"Can't configure a value for \"([\w.\[\]-]+)\"")),
    (
        "not valid",
        re.compile(r"Computed attributes cannot be set, but a value was set for \"([\w.\[\]-]+)\""),
    ),
    ("not valid", re.compile(r"An argument named \"([\w-]+)\" is not expected here")),
    ("not valid", re.compile(r"Blocks of type \"([\w-]+)\" are not expected here")),
    ("not valid", re.compile(r"expected \"?'?([\w.\[\]-]+)\"?'? to (?:be|have|match|contain|not)")),
    ("not valid", re.compile(r"Attribute ([\w.\[\]-]+) (?:value|string|list|set|map) ")),
)
_RELATIVE = ("The argument", "blocks are required", "is not expected here", "are not expected here")


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One error.

    Attributes:
        address: The resource it is about, in the root module; empty when it is about none.
        block: The block around what it is about; empty at the top of the resource.
        key: The argument that the quoted line of the file begins with; empty when the error does not quote it.
        text: Summary and details in one line, whatever the width that Terraform printed them for.

    """

    address: str
    block: Place
    key: str
    text: str

    @property
    def place(self) -> Place:
        """Where in the resource the quoted line is."""
        return (*self.block, self.key) if self.key else self.block


def diagnostics(message: str) -> Iterator[Diagnostic]:
    """Yield the errors of a text as Terraform prints it to people, with or without frames."""
    lines: list[str] = []
    for line in (line.strip("│╷╵\r").rstrip() for line in message.splitlines()):
        text = line.lstrip() if line.lstrip().startswith("Error:") else line
        if text.startswith("Error:"):
            if lines:
                yield _diagnostic(lines)
            lines = [text]
        elif lines:
            lines.append(line)
    if lines:
        yield _diagnostic(lines)


def place_of(path: str) -> Place:
    """Return the place of a path as providers write it: ``rule.0.name``, ``rule[0].name``."""
    steps = [step for step in re.split(r"[.\[\]]+", path.strip(" \"'`")) if step]
    return tuple(int(step) if step.isdigit() else step for step in steps)


def _diagnostic(lines: list[str]) -> Diagnostic:
    address, key = "", ""
    block: Place = ()
    said = []
    for line in lines:
        if found := _WITH.match(line):
            address = found[1]
        elif found := _ON.match(line):
            address = address or found[1]
            block = place_of(found[2])
        elif found := _SNIPPET.match(line):
            key = key or found[1] or ""
        elif line:
            said.append(line.strip())
    return Diagnostic(
        address=address, block=block, key=key, text=" ".join(said).removeprefix("Error:").strip()
    )


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """``places`` exclude each other, one of them or all together must be there, or each is missing or not valid."""

    kind: Kind
    places: tuple[Place, ...]


def complaint_of(diagnostic: Diagnostic, is_known: Callable[[Place], bool]) -> Complaint | None:
    """Return what an error complains of; None when it does not tell.

    ``is_known`` tells whether the resource's schema has a place: names in errors are sometimes those of AWS.
    """
    for kind, phrase in _PHRASES:
        found = phrase.search(diagnostic.text)
        if found is None:
            continue
        names = [name for group in found.groups() for name in group.split(",")]
        # Terraform itself names what is wrong within the block that it points to, providers from the top.
        relative = any(words in diagnostic.text for words in _RELATIVE)
        places = [_place(place_of(name), diagnostic, relative, is_known) for name in names]
        known = tuple(dict.fromkeys(place for place in places if place is not None))
        if known:
            return Complaint(kind=kind, places=known)
    if diagnostic.key and is_known(diagnostic.place):
        return Complaint(kind="not valid", places=(diagnostic.place,))
    named = dict.fromkeys(place_of(name) for name in re.findall(r"[\"`]([a-z][\w.]+)[\"`]", diagnostic.text))
    mentioned = tuple(place for place in named if is_known(place))
    return Complaint(kind="not valid", places=mentioned[:1]) if mentioned else None


def _place(
    named: Place, diagnostic: Diagnostic, relative: bool, is_known: Callable[[Place], bool]
) -> Place | None:
    within = (*diagnostic.block, *named)
    for place in (within, named) if relative else (named, within):
        if is_known(place):
            return place
    # The last names of a path are enough where the quoted line says the rest.
    if diagnostic.key and named and named[-1] == diagnostic.key and is_known(diagnostic.place):
        return diagnostic.place
    return None
