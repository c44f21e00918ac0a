"""The defaults' table: what the variables of `recommended` begin with for so many users, as the simulator found it.

The file has a row for each number of users and each stack. A value that is set explicitly wins over the row, and the row over
the profile, also where it names an instance type. The profile ``original`` and a stack that takes over a state keep what they
have.
"""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from stacks.settings.edited_file import EditedFile
from stacks.settings.field_checks import INSTANCE_TYPE
from stacks.settings.json_text import Steps
from stacks.settings.model import Mistake

FILE = Path(__file__).resolve().parent / "crowd_sizes.json"
RowValue = int | float | str
_Value = (
    Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
    | Annotated[int, Field(ge=0)]
    | Annotated[str, Field(pattern=INSTANCE_TYPE)]
)


class _CrowdSizes(BaseModel):
    """The file: stack → number of users → variable → its default."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    as_of: str
    source: str
    stacks: dict[str, dict[str, dict[str, _Value]]]


def table(stack: str) -> dict[int, dict[str, RowValue]]:
    """Return the rows of ``stack`` by their number of users.

    Raises:
        EditedFileError: The file is not what it has to be.

    """
    rows = _read(FILE).stacks.get(stack, {})
    return {int(users): dict(rows[users]) for users in sorted(rows, key=int)}


def forget() -> None:
    """Read the file again when it is asked for next: it may have been written anew."""
    _read.cache_clear()


def row(stack: str, users: object) -> dict[str, RowValue]:
    """Return the defaults for ``users``; nothing where the table has no such row."""
    return table(stack).get(users, {}) if type(users) is int else {}


def row_mistakes(stack: str, settings: Any, own: Mapping[str, object]) -> Iterator[Mistake]:
    """Yield that the table has no row for the chosen number of users, if that number was given."""
    if "sized_for" in own and settings.sized_for not in table(stack):
        known = ", ".join(map(str, table(stack))) or "none"
        yield Mistake(
            key="sized_for",
            value=settings.sized_for,
            problem=f"the defaults' table has no such row for {stack}",
            remedy=f"Choose one of its rows ({known}), or add one to stacks/settings/{FILE.name}.",
        )


@functools.cache
def _read(file: Path) -> _CrowdSizes:
    return EditedFile(
        file,
        f"stacks/settings/{file.name}",
        _CrowdSizes,
        rules=[_numbers_of_users],
        remedy="`git diff stacks` shows what was changed.",
    ).content


def _numbers_of_users(content: _CrowdSizes) -> Iterator[tuple[Steps, str]]:
    for stack, rows in content.stacks.items():
        for users in rows:
            if not users.isdecimal() or not int(users):
                yield ("stacks", stack, users), "is not a number of users"
