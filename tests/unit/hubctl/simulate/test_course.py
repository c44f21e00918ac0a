"""The course as letters: it fits the terminal, and nothing above 0 is lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hubctl.scaling.scheduled import ScheduledAction
from hubctl.scaling.warm_pool import WarmPoolSettings
from hubctl.simulate.columns import Arrival
from hubctl.simulate.course import course
from hubctl.simulate.model import DEFAULTS
from hubctl.simulate.report import SimulationResult
from hubctl.simulate.run import simulate

HOUR = 3600.0


@pytest.fixture
def result(model: Callable[..., Any]) -> SimulationResult:
    lab = model("aws-lab")
    lab = replace(
        lab,
        actions=(
            ScheduledAction(name="up", start=HOUR, min_size=3),
            ScheduledAction(name="down", start=2 * HOUR, min_size=1),
        ),
        group=replace(lab.group, warm_pool=WarmPoolSettings(min_size=1, max_prepared=1)),
    )
    users = [Arrival(time=HOUR + number, user=f"u{number}", duration=60.0) for number in range(2)]
    outcome = simulate(lab, users, assumptions=DEFAULTS["lab"], seed=1, seconds=8 * HOUR)
    return SimulationResult(label="as synthesized", model=lab, outcome=outcome)


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("plain", [False, True])
def test_it_fits_and_loses_nothing(result: SimulationResult, width: int, *, plain: bool) -> None:
    title, *lines = course(result, width, plain=plain)
    assert title == "as synthesized"
    assert max(map(len, lines)) <= width
    rows = {line[:14].strip(): line[14:].rsplit(" ", 1) for line in lines[:-1]}
    assert list(rows) == ["sessions", "in service", "desired", "smallest size", "in the pool"]
    assert {name: int(most) for name, (_, most) in rows.items()} == {
        "sessions": 2,
        "in service": 3,
        "desired": 3,
        "smallest size": 3,
        "in the pool": 1,
    }
    letters = rows["sessions"][0]
    assert letters.strip(), "a minute of two users is seen in eight hours"
    assert letters.isascii() == plain
    assert lines[-1].split() == ["0", "8.0", "hours"]
