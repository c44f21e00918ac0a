"""Settings of both stacks for users that come at once: what is known about them beforehand, and what is kept ready."""

from typing import Annotated

from pydantic import Field

from stacks.settings.model import Remedy, SettingsModel


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


class CrowdSettings(TimetableSettings):
    """All of these settings."""
