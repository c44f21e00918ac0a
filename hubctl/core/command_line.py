"""How hubctl is called here, so that messages name commands which work as they are typed."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from hubctl.core.project_folders import ROOT

NAME = "hubctl"
INSTALLED = Path(".venv") / "bin" / NAME  # where `make setup` puts it, from the project's folder


def typed(arguments: str = "", *, root: bool = False) -> str:
    """Return the command line for hubctl with ``arguments``, as it works from the folder that one is in.

    ``root`` is for commands that need root: sudo looks on a path of its own, so the program is named with its folder.
    """
    program = _beside() if root else _program()
    return f"{as_root() if root else ''}{program} {arguments}".rstrip()


def again_as_root() -> str:
    """Return the command line that was given, with what it lacks: sudo."""
    return typed(shlex.join(sys.argv[1:]) if _called() else "", root=True)


def as_root() -> str:
    """Return what stands before a command that needs root: nothing where one is root without sudo, as in a container."""
    return "sudo " if os.geteuid() != 0 or "SUDO_USER" in os.environ else ""


def _program() -> str:
    found = shutil.which(NAME)
    if found is not None and _same(found, _called() or str(ROOT / INSTALLED)):
        return NAME
    return _beside()


def _beside() -> str:
    """Return the program with its folder: as it was called, or as set-up installed it."""
    called = _called()
    if called is not None and os.sep in called:
        path = Path(called)
        inside = path.is_absolute() and Path.cwd() == ROOT and path.is_relative_to(ROOT)
        return shlex.quote(str(path.relative_to(ROOT)) if inside else called)
    return shlex.quote(str(INSTALLED if Path.cwd() == ROOT else ROOT / INSTALLED))


def _called() -> str | None:
    """Return the program as the operator called it, None when something else runs this code."""
    return sys.argv[0] if Path(sys.argv[0]).name == NAME else None


def _same(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return False


class CommandGroup(click.Group):
    """A click group with the summaries of its commands wrapped, not shortened."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the section of the commands."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        shown = [(name, command.get_short_help_str(limit=300)) for name, command in commands if command]
        with formatter.section("Commands"):
            formatter.write_dl(shown)


class GivenPath(click.Path):
    """A path. The empty text is refused: it is what a shell makes of an unset variable, and would mean this folder."""

    def __init__(self, *, file_okay: bool = True, dir_okay: bool = True) -> None:
        super().__init__(path_type=Path, file_okay=file_okay, dir_okay=dir_okay)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        if value == "":
            self.fail(
                "it is empty, as an unset variable of the shell is; give a path, or leave the option out",
                param,
                ctx,
            )
        return super().convert(value, param, ctx)
