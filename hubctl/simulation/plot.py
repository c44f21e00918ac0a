"""The course of a simulation as a picture."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from hubctl.files import write_whole
from hubctl.simulation.report import Result

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HOUR = 3600.0
IN_DAYS = 72 * HOUR  # from which on the axis counts days
WIDTH, HEIGHT_EACH = 9.0, 3.2  # inches
DOTS = 110
TITLE_LETTERS = 110


def plot(results: Sequence[Result], file: Path, title: str) -> None:
    """Draw sessions, waiting users, places and instances over time, a panel a result; write a PNG.

    Raises:
        HubctlError: The file cannot be written.

    """
    picture = BytesIO()
    drawn(results, title).savefig(picture, dpi=DOTS, format="png")
    write_whole(file, picture.getvalue(), remedy="Make room, or give another --plot FILE.")


def drawn(results: Sequence[Result], title: str) -> Figure:
    """Return the picture. Its panels have one legend, below them, where it hides no curve."""
    # Imported late, as it takes a second; neither a display nor matplotlib's global state is touched.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT_EACH * len(results) + 0.9), layout="constrained")
    figure.suptitle(title)
    longest = max(result.outcome.seconds for result in results)
    unit, name = (24 * HOUR, "days") if longest > IN_DAYS else (HOUR, "hours")
    panels = figure.subplots(len(results), 1, sharex=True, squeeze=False)
    for panel, result in zip(panels[:, 0], results, strict=True):
        lines = _draw(panel, result, unit)
    panels[-1, 0].set_xlabel(f"{name} from the start")
    figure.legend(handles=lines, loc="outside lower center", ncols=len(lines), fontsize=8, frameon=False)
    return figure


def _draw(panel: Axes, result: Result, unit: float) -> list[Artist]:
    """Draw one result; return what the legend explains."""
    from matplotlib.ticker import MaxNLocator

    moments = result.outcome.timeline
    times = [moment.time / unit for moment in moments]
    places = [moment.usable * result.model.places for moment in moments]
    panel.fill_between(times, places, step="post", color="#dce8f2", linewidth=0, label="places")
    panel.plot(times, [moment.sessions for moment in moments], color="#1f5fa8", label="sessions")
    panel.plot(times, [moment.waiting for moment in moments], color="#c0392b", label="waiting users")
    panel.set_ylabel("users")
    panel.set_ylim(bottom=0)
    panel.set_title(textwrap.fill(result.label.replace(",", ", "), TITLE_LETTERS), loc="left", fontsize=10)
    instances = panel.twinx()
    desired = [moment.desired for moment in moments]
    instances.step(times, desired, where="post", color="#7f8c8d", linestyle="--", label="desired instances")
    instances.set_ylabel("instances")
    instances.set_ylim(0, max([*desired, 1]) * 1.15)
    instances.yaxis.set_major_locator(MaxNLocator(integer=True))
    return [*panel.get_legend_handles_labels()[0], *instances.get_legend_handles_labels()[0]]
