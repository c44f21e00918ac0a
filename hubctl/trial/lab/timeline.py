"""What a monitor saw: as a table that grows, as CSV, and as a picture."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hubctl.core.files import write_whole
from hubctl.trial.lab.monitor import LabMoment

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEADER = (
    "         AWS                    alarm   alarm              in\n"
    "  time   min sessions average    high     low desired service leaving protected"
)
TABLE = 79  # columns of HEADER and its lines
_ELSEWHERE = "Make room, or give another --out FOLDER."
_SHORT = {"INSUFFICIENT_DATA": "no data"}
WIDTH, HEIGHT, DOTS = 10.0, 6.0, 110


def line(moment: LabMoment) -> str:
    """Return a moment as a line of the table under :data:`HEADER`."""
    return (
        f" {_clock(moment)} {moment.lab_minutes:5.1f} {moment.total:8} {_shown_average(moment):>7} "
        f"{_alarm(moment, 'high'):>7} {_alarm(moment, 'low'):>7} {moment.desired:7} {moment.in_service:7} "
        f"{_leaving(moment):7} {_protected(moment):9}"
    )


def in_words(moment: LabMoment) -> str:
    """Return a moment in words, for terminals that are too narrow for the table."""
    return (
        f"{_clock(moment)} ({moment.lab_minutes:.1f} min of AWS): {moment.total} sessions, average {_shown_average(moment)}; "
        f"alarms high {_alarm(moment, 'high')}, low {_alarm(moment, 'low')}; instances desired {moment.desired}, "
        f"in service {moment.in_service}, leaving {_leaving(moment)}, protected {_protected(moment)}"
    )


def _clock(moment: LabMoment) -> str:
    return str(datetime.timedelta(seconds=int(moment.at)))[2:]


def _shown_average(moment: LabMoment) -> str:
    return "-" if moment.average is None else f"{moment.average:.2f}"


def _leaving(moment: LabMoment) -> int:
    return sum(member.state.startswith("Terminating") for member in moment.members.values())


def _protected(moment: LabMoment) -> int:
    return sum(member.protected for member in moment.members.values())


def events(before: LabMoment | None, now: LabMoment) -> list[str]:
    """Return what is new: alarms that changed, instances that came, left or let go."""
    said = []
    for name, state in now.alarms.items():
        was = before.alarms.get(name) if before else None
        if was not in (None, state):
            said.append(f"alarm {name}: {was} -> {state}")
    earlier = before.members if before else {}
    for name, member in now.members.items():
        if name not in earlier:
            said.append(f"{name}: launched")
        elif earlier[name].state != member.state:
            said.append(f"{name}: {earlier[name].state} -> {member.state}")
        elif earlier[name].protected != member.protected:
            said.append(f"{name}: protection {'set' if member.protected else 'lifted'}")
    said += [f"{name}: gone" for name in earlier if name not in now.members]
    return said


def write_csv(moments: Sequence[LabMoment], file: Path) -> None:
    """Write all moments, a row each; raise HubctlError when the file cannot be written."""
    names = sorted({name for moment in moments for name in moment.members})
    alarms = sorted({name for moment in moments for name in moment.alarms})
    columns = ["seconds", "aws_minutes", "sessions", "average", *alarms, "desired", "in_service", "healthy"]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([*columns, *(f"sessions {name}" for name in names), *names])
    for moment in moments:
        writer.writerow(
            [
                f"{moment.at:.1f}",
                f"{moment.lab_minutes:.2f}",
                moment.total,
                "" if moment.average is None else f"{moment.average:.3f}",
                *(moment.alarms.get(alarm, "") for alarm in alarms),
                moment.desired,
                moment.in_service,
                moment.healthy,
                *(moment.sessions.get(name, "") for name in names),
                *(moment.members[name].state if name in moment.members else "" for name in names),
            ]
        )
    write_whole(file, stream.getvalue(), remedy=_ELSEWHERE)


def write_picture(moments: Sequence[LabMoment], file: Path, *, title: str, up: float, down: float) -> None:
    """Draw sessions and instances, and the average with its thresholds and alarms; write a PNG.

    Raises HubctlError when the file cannot be written.
    """
    picture = io.BytesIO()
    timeline_figure(moments, title=title, up=up, down=down).savefig(picture, dpi=DOTS, format="png")
    write_whole(file, picture.getvalue(), remedy=_ELSEWHERE)


def timeline_figure(moments: Sequence[LabMoment], *, title: str, up: float, down: float) -> Figure:
    """Return the picture; each panel's legend stands above it, where it hides nothing."""
    # Imported late, as it takes a second; neither a display nor matplotlib's global state is touched.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    figure.suptitle(title, fontsize=11)
    above, below = figure.subplots(2, 1, sharex=True)
    _sessions(above, moments)
    _average(below, moments, up, down)
    below.set_xlabel("minutes of AWS")
    return figure


def _sessions(panel: Axes, moments: Sequence[LabMoment]) -> None:
    from matplotlib.ticker import MaxNLocator

    minutes = [moment.lab_minutes for moment in moments]
    panel.fill_between(
        minutes, [moment.total for moment in moments], step="post", color="#dce8f2", label="sessions"
    )
    panel.step(
        minutes, [moment.desired for moment in moments], where="post", color="#7f8c8d", linestyle="--",
        label="desired instances",
    )  # fmt: skip
    panel.step(
        minutes, [moment.in_service for moment in moments], where="post", color="#1f5fa8",
        label="instances in service",
    )  # fmt: skip
    panel.step(
        minutes, [moment.healthy for moment in moments], where="post", color="#2e8b57", linestyle=":",
        label="healthy at the balancer",
    )  # fmt: skip
    panel.set_ylim(bottom=0)
    panel.yaxis.set_major_locator(MaxNLocator(integer=True))
    panel.set_ylabel("sessions, instances")
    _legend(panel)


def _average(panel: Axes, moments: Sequence[LabMoment], up: float, down: float) -> None:
    minutes = [moment.lab_minutes for moment in moments]
    values = [float("nan") if moment.average is None else moment.average for moment in moments]
    panel.plot(minutes, values, color="#1f5fa8", label="average sessions per instance")
    for threshold, name, color in ((up, "high", "#c0392b"), (down, "low", "#b8860b")):
        panel.axhline(
            threshold, color=color, linewidth=0.8, linestyle="--", label=f"sessions-{name}: {threshold:g}"
        )
        fires = [_alarm(moment, name) == "ALARM" for moment in moments]
        panel.fill_between(
            minutes, 0, 1, where=fires, step="post", color=color, alpha=0.12, transform=panel.get_xaxis_transform(),
            label=f"sessions-{name} in ALARM",
        )  # fmt: skip
    panel.set_ylim(bottom=0)
    panel.set_ylabel("average")
    _legend(panel)


def _legend(panel: Axes) -> None:
    panel.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=5, fontsize=8, frameon=False)


def _alarm(moment: LabMoment, which: str) -> str:
    state = next((state for name, state in moment.alarms.items() if name.endswith(f"sessions-{which}")), "-")
    return _SHORT.get(state, state)
