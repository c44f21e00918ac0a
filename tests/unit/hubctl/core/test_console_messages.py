"""What the sources print goes through what wraps it, and names commands as they can be typed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hubctl.cli import COMMANDS

PROJECT = Path(__file__).resolve().parents[4]
# Set-up has to print before anything is installed
SOURCES = [file for file in (PROJECT / "hubctl").rglob("*.py") if file.parent.name != "environment"]
MESSAGES = [*SOURCES, *(PROJECT / "stacks").rglob("*.py")]
_PRINTS = re.compile(r"\b(?:out|err|console|writer)\.print\(|\bclick\.s?echo\(|(?<!\w)Table\(")
_NAMED = re.compile(rf"(?<![/\w])hubctl (?:{'|'.join(COMMANDS)})\b")
# What names a command and is nothing to type, each with what it is
NAMES = {
    "Upload nothing; go back to this version (see `hubctl cookbooks list`).": "help, where commands are called by name",
    "folder with the adoption files that `hubctl adopt` writes, one a stack": "a setting's description",
    "hubctl local-lab demo: a real host for each instance, ": "a picture's title",
    "hubctl local-swarm": "the author of an image",
    "# Made by `hubctl timetable suggest` from ": "the author of a file",
}


def _name(file: Path) -> str:
    return str(file.relative_to(PROJECT))


def texts(source: str) -> Iterator[str]:
    """Yield the texts in a source that are no docstrings."""
    tree = ast.parse(source)
    described = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, described) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def bare_commands(source: str) -> list[str]:
    """Return the texts that name hubctl without a path, unless another command runs it."""
    return [
        text
        for text in texts(source)
        if text not in NAMES
        and any(_NAMED.search(line.partition(" -- ")[0]) for line in text.replace("\\\n", "").split("\n"))
    ]


def test_nothing_is_printed_past_the_wrapping() -> None:
    found = {
        _name(file): _PRINTS.findall(file.read_text(encoding="utf-8"))
        for file in SOURCES
        if file.name not in {"console.py", "tables.py"}
    }
    assert {file: calls for file, calls in found.items() if calls} == {}, "use say(), paste() or a Sheet"


def test_commands_in_messages_can_be_typed() -> None:
    found = {_name(file): bare_commands(file.read_text(encoding="utf-8")) for file in MESSAGES}
    assert {file: texts for file, texts in found.items() if texts} == {}, "name them with typed()"


def test_a_command_that_cannot_be_typed_would_be_found() -> None:
    lines = (
        "def f():",
        '    """Runs `hubctl cost`."""',
        """    return "Run `hubctl nodes`.", f"`{typed('nodes')}`", ".venv/bin/hubctl cost" """,
    )
    assert bare_commands("\n".join(lines)) == ["Run `hubctl nodes`."]
    assert _PRINTS.search("out.print(text)")


def test_every_exception_is_still_needed() -> None:
    said = {text for file in MESSAGES for text in texts(file.read_text(encoding="utf-8"))}
    assert set(NAMES) - said == set()
