"""Settings of both stacks for users that come at once: what is known about them beforehand, and what is kept ready."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from stacks.settings.model import Remedy, SettingsModel, Variable
from stacks.settings.text_files import EditedFileError
from stacks.timetable.model import Timetable
from stacks.timetable.reading import read_with_remarks


class TimetableSettings(SettingsModel):
    """The timetable, which a stack's scheduled scaling is made from."""

    timetable: Annotated[
        str | None,
        Remedy(
            "Give a file inside the project that ends in .yaml, .yml or .ics, by a relative path with / between its parts; "
            "see docs/how-to/timetable.md."
        ),
    ] = Field(
        None,
        pattern=r"^([A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*\.(yaml|yml|ics)$",
        description="timetable of the classes, YAML or an iCalendar export: capacity is up before each of them",
    )


MOST_SPARE = 1000
SPARE_VARIABLES = ("spare_places", "hub_spare_places")  # the profile `original` does not have them
_SPARE = Remedy(f"Use 0 to {MOST_SPARE} places.")


class LabSpareSettings(SettingsModel):
    """Places that the Lab keeps free ahead of the next user, so that the one after them does not wait."""

    spare_places: Annotated[int, _SPARE, Variable()] = Field(
        0,
        ge=0,
        le=MOST_SPARE,
        description="places kept free ahead of the next user, in the whole group; none when 0",
    )


class HubSpareSettings(SettingsModel):
    """The same of chef-hub, whose hub asks for workers by itself."""

    hub_spare_places: Annotated[int, _SPARE, Variable()] = Field(
        0,
        ge=0,
        le=MOST_SPARE,
        description="places kept free ahead of the next user, on all workers; none when 0",
    )


class CrowdSettings(TimetableSettings):
    """What both stacks have of them."""


@dataclass(kw_only=True)
class Timetables:
    """The timetables by stack, a sentence for every mistake in one, and for all that was left out of one."""

    found: dict[str, Timetable] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read_timetables(project: Path, files: Mapping[str, str | None]) -> Timetables:
    """Return the timetables of those stacks that name a file; each file is read once."""
    timetables = Timetables()
    read: dict[str, Timetable] = {}
    for file in dict.fromkeys(filter(None, files.values())):
        try:
            reading = read_with_remarks(project / file, file)
        except EditedFileError as error:
            timetables.mistakes += [f"timetable = {mistake}. {error.remedy}" for mistake in error.mistakes]
        else:
            read[file] = reading.timetable
            timetables.remarks += reading.remarks
    timetables.found = {stack: read[file] for stack, file in files.items() if file in read}
    return timetables
