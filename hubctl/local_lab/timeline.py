"""What a monitor saw: as a table that grows, as CSV, and as a picture."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hubctl.errors import HubctlError
from hubctl.local_lab.monitor import Moment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEADER = "  time    AWS min  sessions  average  sessions-high  sessions-low  desired  in service  leaving  protected"
_SHORT = {"INSUFFICIENT_DATA": "no data"}
WIDTH, HEIGHT, DOTS = 10.0, 6.0, 110


def line(moment: Moment) -> str:
    """Return a moment as a line of the table under :data:`HEADER`."""
    average = "-" if moment.average is None else f"{moment.average:.2f}"
    clock = str(datetime.timedelta(seconds=int(moment.at)))[2:]
    leaving = sum(member.state.startswith("Terminating") for member in moment.members.values())
    protected = sum(member.protected for member in moment.members.values())
    return (
        f"  {clock}   {moment.lab_minutes:7.1f}  {moment.total:8}  {average:>7}  {_alarm(moment, 'high'):>13}  "
        f"{_alarm(moment, 'low'):>12}  {moment.desired:7}  {moment.in_service:10}  {leaving:7}  {protected:9}"
    )


def events(before: Moment | None, now: Moment) -> list[str]:
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


def write_csv(moments: Sequence[Moment], file: Path) -> None:
    """Write all moments, a row each; raise HubctlError when the file cannot be written."""
    names = sorted({name for moment in moments for name in moment.members})
    alarms = sorted({name for moment in moments for name in moment.alarms})
    columns = ["seconds", "aws_minutes", "sessions", "average", *alarms, "desired", "in_service", "healthy"]
    try:
        with file.open("w", encoding="utf-8", newline="") as stream:
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
    except OSError as error:
        raise _unwritable(file, error) from error


def write_picture(moments: Sequence[Moment], file: Path, *, title: str, up: float, down: float) -> None:
    """Draw sessions and instances, and the average with its thresholds and alarms; write a PNG.

    Raises HubctlError when the file cannot be written.
    """
    # Imported late, as it takes a second; neither a display nor matplotlib's global state is touched.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    figure.suptitle(title, fontsize=11)
    above, below = figure.subplots(2, 1, sharex=True)
    _sessions(above, moments)
    _average(below, moments, up, down)
    below.set_xlabel("minutes of AWS")
    try:
        figure.savefig(file, dpi=DOTS, format="png")
    except OSError as error:
        raise _unwritable(file, error) from error


def _sessions(panel: Axes, moments: Sequence[Moment]) -> None:
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
    panel.legend(loc="upper right", fontsize=8)


def _average(panel: Axes, moments: Sequence[Moment], up: float, down: float) -> None:
    minutes = [moment.lab_minutes for moment in moments]
    values = [float("nan") if moment.average is None else moment.average for moment in moments]
    panel.plot(minutes, values, color="#1f5fa8", label="average sessions an instance")
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
    panel.legend(loc="upper right", fontsize=8)


def _alarm(moment: Moment, which: str) -> str:
    state = next((state for name, state in moment.alarms.items() if name.endswith(f"sessions-{which}")), "-")
    return _SHORT.get(state, state)


def _unwritable(file: Path, error: OSError) -> HubctlError:
    return HubctlError(f"{file} cannot be written: {error.strerror}", remedy="Give another --out FOLDER.")
