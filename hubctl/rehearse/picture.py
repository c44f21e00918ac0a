"""A rehearsal as a picture: places and users above, everybody's wait below. SVG or PNG, as the file is called."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from hubctl.core.errors import BadInputError
from hubctl.core.files import write_whole
from hubctl.rehearse.report import RehearsalReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = (".svg", ".png")
WIDTH, HEIGHT, DOTS = 9.0, 6.0, 110


def check_picture(file: Path | None) -> list[str]:
    """Return why no picture could be written there, in a sentence; nothing where it can."""
    if file is None:
        return []
    if file.suffix.lower() not in KINDS:
        return [f"--picture {file} ends in neither .svg nor .png"]
    if not file.absolute().parent.is_dir():
        return [f"--picture {file}: its folder does not exist"]
    return []


def write_picture(report: RehearsalReport, file: Path) -> None:
    """Draw it; raise HubctlError where the file cannot be written."""
    if problems := check_picture(file):
        raise BadInputError(problems[0], remedy="Give a path such as rehearsal.svg.")
    content = BytesIO()
    kind = file.suffix.lower().removeprefix(".")
    metadata = {"Date": None} if kind == "svg" else None  # the same rehearsal gives the same bytes
    rehearsal_figure(report).savefig(content, dpi=DOTS, format=kind, metadata=metadata)
    write_whole(file, content.getvalue(), remedy="Make room, or give another --picture FILE.")


def rehearsal_figure(report: RehearsalReport) -> Figure:
    """Return the picture."""
    # Imported late, as it takes a second; neither a display nor matplotlib's global state is touched.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    announced = "announced" if report.programme.steps else "not announced"
    figure.suptitle(
        f"{report.stack}: {len(report.seen.visits)} users, {announced}, {report.sizes.speed:g} times as fast as AWS",
        fontsize=11,
    )
    above, below = figure.subplots(2, 1, sharex=True)
    _course(above, report)
    _waits(below, report)
    below.set_xlabel("minutes of AWS")
    return figure


def _course(panel: Axes, report: RehearsalReport) -> None:
    from matplotlib.ticker import MaxNLocator

    moments, places = report.seen.moments, report.sizes.places
    minutes = [moment.at / 60 for moment in moments]
    usable = [moment.group.usable * places for moment in moments]
    wanted = [moment.group.desired * places for moment in moments]
    panel.fill_between(minutes, usable, step="post", color="#dce8f2", linewidth=0, label="places")
    panel.step(minutes, wanted, where="post", color="#7f8c8d", linestyle="--", label="places asked for")
    panel.step(
        minutes, [moment.working for moment in moments], where="post", color="#1f5fa8", label="at work"
    )
    panel.step(
        minutes, [moment.waiting for moment in moments], where="post", color="#c0392b", label="waiting"
    )
    panel.axvspan(
        report.programme.begins / 60, report.programme.ends / 60, color="#2e8b57", alpha=0.07, label="class"
    )
    panel.set_ylim(bottom=0)
    panel.yaxis.set_major_locator(MaxNLocator(integer=True))
    panel.set_ylabel("users")
    panel.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=5, fontsize=8, frameon=False)


def _waits(panel: Axes, report: RehearsalReport) -> None:
    visits = [visit for visit in report.seen.visits if visit.wait is not None]
    minutes = [visit.came / 60 for visit in visits]
    places = [visit.place for visit in visits]
    panel.bar(minutes, places, width=0.25, color="#c0392b", label="for a place")
    panel.bar(
        minutes, [visit.start or 0.0 for visit in visits], bottom=places, width=0.25, color="#1f5fa8",
        label="for the start",
    )  # fmt: skip
    refused = [visit.came / 60 for visit in report.seen.visits if visit.wait is None]
    panel.plot(refused, [0.0] * len(refused), "x", color="#c0392b", label="got no server", clip_on=False)
    for aim in report.aims:
        if aim.measure in ("p50", "p95", "max"):
            panel.axhline(aim.bound, color="#7f8c8d", linewidth=0.8, linestyle="--", label=aim.text)
    panel.set_ylim(bottom=0)
    panel.set_ylabel("wait in seconds")
    panel.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=5, fontsize=8, frameon=False)
