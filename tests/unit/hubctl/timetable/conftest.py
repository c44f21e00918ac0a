"""A week of a timetable for both stacks, whose sizes do not depend on the project's defaults."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hubctl.simulate.model import StackModel
from hubctl.simulate.stack_reading import model_of
from hubctl.timetable.capacity import StackWeek
from hubctl.timetable.week import Week, week_of
from stacks.registry import STACK_NAMES
from tests.support.timetables import timetable

MONDAY = date(2026, 11, 30)
CLASSES: tuple[dict[str, Any], ...] = (
    {"name": "Statistics", "days": ["mon", "wed"]},
    {
        "name": "Machine learning",
        "days": ["mon"],
        "start": "10:00",
        "end": "12:00",
        "users": 40,
        "environment": "gpu",
    },
    {"name": "Physics", "days": ["thu"], "start": "14:00", "end": "15:00", "users": 28, "spare": 4},
)
HOLIDAY = {"first": "2026-12-02", "last": "2026-12-02", "name": "Foundation day"}
Weeks = Callable[..., tuple[Week, list[StackWeek]]]


@pytest.fixture
def week(synth: Callable[..., Any]) -> Weeks:
    """Return ``week(*classes, first, largest, ...)``: a week and both stacks in it, of at most ``largest`` instances."""

    def made(
        *classes: dict[str, Any],
        first: date = MONDAY,
        largest: int = 30,
        smallest: int = 1,
        stacks: Sequence[str] = STACK_NAMES,
        spare: int = 0,
        max_users: int | None = None,
        **given: Any,
    ) -> tuple[Week, list[StackWeek]]:
        shown = week_of(timetable(*(classes or CLASSES), **{"holidays": [HOLIDAY], **given}), first)
        models = [_sized(model_of(synth(name), name, {}), smallest, largest, max_users) for name in stacks]
        return shown, [StackWeek(week=shown, model=replace(model, spare_places=spare)) for model in models]

    return made


def _sized(model: StackModel, smallest: int, largest: int, max_users: int | None) -> StackModel:
    group = replace(model.group, min_size=smallest, max_size=largest)
    return replace(
        model, group=group, max_users=max_users, max_servers=None, places={"lab": 9, "hub": 7}[model.kind]
    )
