"""Terraform's errors about a configuration, taken apart: of which resource, where in it, and what is said."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A place in a resource's arguments: names of arguments and blocks, and positions in lists of blocks.
Place = tuple[str | int, ...]

_WITH = re.compile(r"^\s+with ([a-z][a-z0-9_]*\.[\w-]+),$")
_ON = re.compile(r"^\s+on \S+ line \d+, in resource\.([a-z][a-z0-9_]*\.[\w-]+)((?:\.[\w-]+|\[\d+\])*):$")
_SNIPPET = re.compile(r'^\s*\d+:\s+(?:"([\w-]+)":)?')


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One error.

    Attributes:
        address: The resource it is about, in the root module; empty when it is about none.
        block: The block around what it is about; empty at the top of the resource.
        key: The argument that the quoted line of the file begins with; empty when it is not told.
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
