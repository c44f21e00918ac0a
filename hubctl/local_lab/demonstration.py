"""A demonstration from start to end: the Lab, the users, the table, the picture."""

import asyncio
import time
from pathlib import Path

from hubctl.console import err, out
from hubctl.errors import HubctlError
from hubctl.local_lab.lab import Lab
from hubctl.local_lab.load import Course, Demonstration
from hubctl.local_lab.monitor import Moment, Monitor
from hubctl.local_lab.settings import LabSettings
from hubctl.local_lab.timeline import HEADER, TABLE, events, line, told, write_csv, write_picture

LINE_SECONDS = 3.0  # between two lines of the table when nothing happens


class Live:
    """Prints the table as it grows: a line every few seconds, and what happened in between."""

    def __init__(self) -> None:
        self._before: Moment | None = None
        self._last = float("-inf")

    def show(self, moment: Moment) -> None:
        """Print what is new."""
        as_table = out.width >= TABLE
        if self._before is None and as_table:
            out.paste(HEADER)
        news = events(self._before, moment) if self._before else []
        for sentence in news:
            out.say(f"  * {sentence}")
        if news or moment.at - self._last >= LINE_SECONDS:
            if as_table:
                out.paste(line(moment))
            else:
                out.say(told(moment), hang=2)
            self._last = moment.at
        self._before = moment


def run_demonstration(settings: LabSettings, course: Course, folder: Path) -> None:
    """Run it; write timeline.png and timeline.csv also when it ends early. Raises HubctlError."""
    with Lab(settings) as lab:
        demonstration = Demonstration(lab, course, lambda sentence: out.say(f"  > {sentence}"))
        with Monitor(lab, Live().show) as monitor:
            try:
                asyncio.run(demonstration.play())
                time.sleep(2)  # the table's last line shows the end
            finally:
                _write(monitor, settings, folder)
        err.say("stopping")
    out.say(f"The group grew from {settings.min_size} to {demonstration.largest} instances and shrank again.")
    if demonstration.largest <= settings.min_size:
        raise HubctlError("the group has not grown", remedy="Let more --users come, or set --scale-up lower.")


def _write(monitor: Monitor, settings: LabSettings, folder: Path) -> None:
    if not monitor.moments:
        return
    picture, table = folder / "timeline.png", folder / "timeline.csv"
    write_csv(monitor.moments, table)
    write_picture(
        monitor.moments,
        picture,
        title=f"hubctl local-lab demo: a real host for each instance, {settings.speed:g} times as fast as AWS",
        up=settings.scale_up_threshold,
        down=settings.scale_down_threshold,
    )
    out.say(f"Written: {picture} and {table}")
