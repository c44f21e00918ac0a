"""Which timetable is meant, and for which stacks: the file that was given, or the one that the settings name."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hubctl.core.errors import BadInputError
from stacks.registry import STACK_NAMES, STACKS
from stacks.settings.loading import SettingsError, load_settings
from stacks.timetable.model import Timetable
from stacks.timetable.reading import read_with_remarks


@dataclass(frozen=True, kw_only=True)
class TimetableSource:
    """A timetable, its file as it was named, the stacks it is for, and what was left out of it, in a sentence each."""

    timetable: Timetable
    name: str
    stacks: tuple[str, ...]
    remarks: tuple[str, ...]


def chosen_timetable(project: Path, file: Path | None, stacks: Sequence[str]) -> TimetableSource:
    """Return the timetable in ``file``, or the one of the settings; without ``stacks``, those that have it.

    Raises:
        BadInputError: None is named, the settings are wrong, or the stacks have different ones.
        EditedFileError: The file cannot be used; every mistake in it is named.

    """
    if file is not None:
        return _read(file, str(file), tuple(stacks) or STACK_NAMES)
    named = _named(project)
    wanted = {stack: named[stack] for stack in (stacks or named) if stack in named}
    files = sorted(set(wanted.values()))
    lacking = [stack for stack in stacks if stack not in named]
    if not files or lacking:
        whom = f" for {', '.join(lacking)}" if lacking and files else ""
        raise BadInputError(
            f"the settings name no timetable{whom}",
            remedy="Give one with --timetable FILE, or set timetable in cdktf.json: docs/how-to/timetable.md.",
        )
    if len(files) > 1:
        raise BadInputError(
            f"the stacks have different timetables: {', '.join(files)}",
            remedy="Name one of them with --stack.",
        )
    return _read(project / files[0], files[0], tuple(wanted))


def _read(path: Path, name: str, stacks: tuple[str, ...]) -> TimetableSource:
    found = read_with_remarks(path, name)
    return TimetableSource(timetable=found.timetable, name=name, stacks=stacks, remarks=found.remarks)


def _named(project: Path) -> dict[str, str]:
    """Return the timetables that the settings name, by stack."""
    try:
        settings = load_settings(project, os.environ)
    except SettingsError as error:
        raise BadInputError(
            "\n".join(["the settings cannot be used:", *error.mistakes]),
            remedy="Correct them, or give --timetable FILE.",
        ) from error
    found = {name: getattr(settings, stack.key).timetable for name, stack in STACKS.items()}
    return {name: file for name, file in found.items() if file is not None}
