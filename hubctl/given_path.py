"""The type of options that name a file or a folder."""

from pathlib import Path
from typing import Any

import click


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
