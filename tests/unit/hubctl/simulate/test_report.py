"""The picture of a simulation: nothing hides a curve."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.scaling.scheduled import ScheduledAction
from hubctl.scaling.warm_pool import WarmPoolSettings
from hubctl.simulate.columns import Arrival
from hubctl.simulate.model import DEFAULTS
from hubctl.simulate.report import SimulationResult, plot, results_figure
from hubctl.simulate.run import simulate


@pytest.fixture
def result(model: Callable[..., Any]) -> SimulationResult:
    lab = model("aws-lab")
    users = [Arrival(time=60.0 * number, user=f"u{number}", duration=3600.0) for number in range(5)]
    return SimulationResult(
        label="as synthesized",
        model=lab,
        outcome=simulate(lab, users, assumptions=DEFAULTS[lab.kind], seed=1),
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_one_legend_stands_below_all_panels(result: SimulationResult, count: int) -> None:
    figure = results_figure([result] * count, "aws-lab")
    figure.draw_without_rendering()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "places",
        "sessions",
        "waiting users",
        "desired instances",
    ]
    bottom = min(panel.get_tightbbox().y0 for panel in figure.axes)  # with the labels of the axes
    assert legend.get_window_extent().y1 <= bottom
    assert legend.get_window_extent().y0 >= 0
    assert all(panel.get_legend() is None for panel in figure.axes)


def test_the_schedule_and_the_warm_pool_are_drawn_where_there_are_some(result: SimulationResult) -> None:
    group = replace(result.model.group, warm_pool=WarmPoolSettings(min_size=1, max_prepared=1))
    ups = [
        ScheduledAction(name="up", start=900.0, min_size=2),
        ScheduledAction(name="down", start=1800.0, min_size=1),
    ]
    lab = replace(result.model, group=group, actions=tuple(ups))
    users = [Arrival(time=60.0, user="ada", duration=3600.0)]
    with_both = replace(
        result, model=lab, outcome=simulate(lab, users, assumptions=DEFAULTS[lab.kind], seed=1)
    )
    figure = results_figure([with_both, result], "aws-lab")
    figure.draw_without_rendering()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "places",
        "sessions",
        "waiting users",
        "desired instances",
        "smallest size by the schedule",
        "in the warm pool",
    ]
    smallest = figure.axes[2].get_lines()[1]  # of the first panel's axis of instances
    assert {float(value) for value in smallest.get_ydata()} == {1.0, 2.0}


def test_a_file_that_cannot_be_written_is_told(result: SimulationResult, tmp_path: Path) -> None:
    with pytest.raises(HubctlError, match="cannot be written"):
        plot([result], tmp_path / "no" / "course.png", "aws-lab")
