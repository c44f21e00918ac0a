"""Reads a timetable: YAML that people write, or the iCalendar export of a calendar. Every mistake is named at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks.settings.edited_file import MOST_MISTAKES, EditedFile
from stacks.settings.text_files import EditedFileError, TextFileError, bounded, decoded
from stacks.timetable.calendar_export import read_calendar
from stacks.timetable.model import Class, Timetable
from stacks.timetable.values import Steps
from stacks.timetable.yaml_text import read_yaml

REMEDY = "Correct that; docs/how-to/timetable.md explains the file."
LARGEST = 10_000_000  # bytes


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A timetable, and what was left out of it, in a sentence each."""

    timetable: Timetable
    remarks: tuple[str, ...] = ()


def read_timetable(path: Path, name: str | None = None) -> Timetable:
    """Return the timetable in a file, which errors call ``name``. Raises EditedFileError with every mistake."""
    return read_with_remarks(path, name).timetable


def read_with_remarks(path: Path, name: str | None = None) -> Reading:
    """Return the timetable in a file, and what was left out of it. Raises EditedFileError with every mistake."""
    name = name or str(path)
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise EditedFileError(
            [f"{name}: a timetable ends in {', '.join(_READERS)}, not {kind or 'without any of them'}"],
            "Rename the file after what it holds: YAML or an iCalendar export.",
        )
    try:
        size = path.stat().st_size
    except OSError as error:
        raise EditedFileError(
            [f"{name} cannot be read: {error.strerror}"], "Give the path of a file that is there."
        ) from error
    if size > LARGEST:
        raise EditedFileError([f"{name} has {size:,} bytes; {LARGEST:,} are possible"], REMEDY)
    return _READERS[kind](path, name)


def _read_yaml(path: Path, name: str) -> Reading:
    read = EditedFile(
        path,
        name,
        Timetable,
        rules=[Timetable.mistakes],
        remedy=REMEDY,
        read=read_yaml,
        partly=_mistakes_of_the_rest,
    )
    return Reading(timetable=read.content)


def _mistakes_of_the_rest(document: dict[str, Any], refused: Sequence[Steps]) -> Iterator[tuple[Steps, str]]:
    """Yield what is wrong with those classes that the schema accepts, where it refuses something else."""
    whole = {steps[1] for steps in refused if len(steps) > 1 and steps[0] == "classes"}
    classes = document.get("classes")
    if not isinstance(classes, list):
        return
    accepted = [number for number in range(len(classes)) if number not in whole]
    if {steps[0] for steps in refused} == {"classes"}:
        rest = Timetable.model_validate({**document, "classes": [classes[number] for number in accepted]})
        found = rest.mistakes() if accepted else iter(())
        yield from ((("classes", accepted[int(steps[1])], *steps[2:]), problem) for steps, problem in found)
        return
    for number in accepted:
        entry = Class.model_validate(classes[number])
        yield from ((("classes", number, *steps), problem) for steps, problem in entry.mistakes())


def _read_ics(path: Path, name: str) -> Reading:
    try:
        text = decoded(path.read_bytes())
    except OSError as error:
        raise EditedFileError([f"{name} cannot be read: {error.strerror}"], REMEDY) from error
    except TextFileError as error:
        raise EditedFileError([f"{name}, {error}"], "Save it as UTF-8.") from error
    calendar = read_calendar(text)
    if calendar.mistakes or calendar.timetable is None:
        mistakes = [f"{name}, {mistake}" for mistake in calendar.mistakes]
        raise EditedFileError(bounded(mistakes, MOST_MISTAKES), REMEDY)
    return Reading(
        timetable=calendar.timetable, remarks=tuple(f"{name}, {remark}" for remark in calendar.remarks)
    )


_READERS: Mapping[str, Callable[[Path, str], Reading]] = {
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
    ".ics": _read_ics,
}
