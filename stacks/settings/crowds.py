"""Settings of both stacks for users that come at once: what is known about them beforehand, and what is kept ready."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from stacks.settings.model import Remedy, SettingsModel, Variable
from stacks.settings.text_files import EditedFileError
from stacks.timetable.model import Timetable
from stacks.timetable.reading import read_timetable


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


def read_timetables(project: Path, files: Mapping[str, str | None]) -> tuple[dict[str, Timetable], list[str]]:
    """Return the timetables of those stacks that name a file, and a sentence for every mistake in one."""
    found: dict[str, Timetable] = {}
    mistakes: list[str] = []
    read: dict[str, Timetable] = {}
    for stack, file in files.items():
        if file is None:
            continue
        try:
            if file not in read:
                read[file] = read_timetable(project / file, file)
            found[stack] = read[file]
        except EditedFileError as error:
            mistakes += [f"timetable = {mistake}. {error.remedy}" for mistake in error.mistakes]
    return found, mistakes
