"""docs/reference/commands.md and make-targets.md: what can be typed.

The first has every command of hubctl with its arguments and options, from its parser; the second has the targets and
variables of the Makefile.
"""

import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from hubctl.cli import COMMANDS

WIDTH = 100  # of the lines of all pages
COMMANDS_INTRODUCTION = """# Commands of `hubctl`

Generated from the commands themselves by `make reference`.

`make setup` puts `hubctl` into `.venv/bin`: type `.venv/bin/hubctl`, in the project's folder.
Results go to standard output, progress and errors to standard error, both wrapped to the width of
the terminal, or to 80 columns where there is none; what is to be pasted and JSON never are. Every
command has `--help`, honours `NO_COLOR`, and ends with

| exit status | meaning |
| --- | --- |
| 0 | done |
| 1 | it failed, or found what it looks for; the message says what to do |
| 2 | bad input; nothing was changed |
| 130 | interrupted; what it started was stopped |
"""
MAKE_INTRODUCTION = """# Make targets

Generated from the `Makefile` by `make reference`. `make` alone prints the same list. Every target
that needs tools runs `setup` first, which takes well under a second when there is nothing to
install.

| target | what it does |
| --- | --- |
"""
VARIABLES = """
| variable | default | meaning |
| --- | --- | --- |
"""
_TARGET = re.compile(r"^([a-z0-9-]+):.*?## (.+)$", re.MULTILINE)
_VARIABLE = re.compile(r"^((?:# .+\n)+)([A-Z][A-Z0-9]*) \?= ?(.*)$", re.MULTILINE)


def render_commands() -> str:
    """Return the whole page in Markdown."""
    parts = [COMMANDS_INTRODUCTION]
    for name in sorted(COMMANDS):
        module = importlib.import_module(f"{COMMANDS[name]}.cli")
        parts += _section(f"hubctl {name}", module.command, depth=2)
    return "\n".join(parts).rstrip() + "\n"


def _section(path: str, command: click.Command, *, depth: int) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    yield f"{'#' * depth} {path}\n"
    yield _paragraphs(inspect.cleandoc(command.help or "")) + "\n"
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _section(f"{path} {name}", command.commands[name], depth=depth + 1)
        return
    yield f"```text\n{path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    rows = [row for parameter in command.params for row in _rows(parameter, context)]
    if rows:
        yield "| option | what it does |"
        yield "| --- | --- |"
        yield from rows
        yield ""


def _paragraphs(text: str) -> str:
    """Return a command's help with its paragraphs wrapped anew, but for those that say they are laid out."""
    parts = text.split("\n\n")
    return "\n\n".join(
        part.removeprefix("\b\n") if part.startswith("\b\n") else textwrap.fill(part, WIDTH) for part in parts
    )


def _rows(parameter: click.Parameter, context: click.Context) -> Iterator[str]:
    record = parameter.get_help_record(context)
    if record is not None:
        option, text = (cell.replace("|", "\\|").replace("\n", " ") for cell in record)
        yield f"| `{option}` | {text} |"


def render_make_targets(makefile: Path) -> str:
    """Return the whole page in Markdown: targets and the variables that can be set on the command line."""
    text = makefile.read_text(encoding="utf-8")
    targets = [
        f"| `make {name}` | {about.replace('|', chr(92) + '|')} |\n" for name, about in _TARGET.findall(text)
    ]
    variables = [
        f"| `{name}` | {_default(default)} | {_joined(about)} |\n"
        for about, name, default in _VARIABLE.findall(text)
    ]
    return MAKE_INTRODUCTION + "".join(targets) + (VARIABLES + "".join(variables) if variables else "")


def _joined(comment: str) -> str:
    return " ".join(line.removeprefix("# ") for line in comment.splitlines()).replace("|", "\\|")


def _default(text: str) -> str:
    if not text.strip():
        return "none"
    return "looked for" if "$(shell" in text else f"`{text.strip()}`"
