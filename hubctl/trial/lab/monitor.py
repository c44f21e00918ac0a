"""Watches a Lab: sessions as the hubs count them, the metric and the alarms as CloudWatch has them, the group's size."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hubctl.trial.hosts.host import Host
from hubctl.trial.lab.instances import GroupMember
from hubctl.trial.lab.lab import Lab

NAMESPACE, METRIC = "JupyterHub/Lab", "UserSessions"
LOOK_SECONDS = 1.0
PERIOD_SECONDS = 60.0  # of AWS, over which the alarms average
HUB_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class LabMoment:
    """What there was ``at`` seconds after the watch began; ``lab_minutes`` is the same in the group's own, faster time.

    ``sessions`` are the running servers by instance, as the hubs say; ``average`` is the metric's over the last minute of the
    group's time, None without data. ``alarms`` is the state of each alarm, ``members`` what the group says of its instances.
    """

    at: float
    lab_minutes: float
    sessions: Mapping[str, int]
    average: float | None
    alarms: Mapping[str, str]
    desired: int
    members: Mapping[str, GroupMember] = field(default_factory=dict)
    healthy: int = 0

    @property
    def total(self) -> int:
        """Return the sessions on all instances."""
        return sum(self.sessions.values())

    @property
    def in_service(self) -> int:
        """Return the instances in service."""
        return sum(member.state == "InService" for member in self.members.values())


class Monitor:
    """Looks about once a second until it is stopped; ``moments`` are what it saw, the oldest first."""

    def __init__(self, lab: Lab, on_moment: Callable[[LabMoment], None] | None = None) -> None:
        self._lab = lab
        self._on_moment = on_moment
        self._cloudwatch = lab.aws.client("cloudwatch")
        self._began = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._pool = ThreadPoolExecutor(max_workers=4)
        self.moments: list[LabMoment] = []

    def __enter__(self) -> "Monitor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)
        self._pool.shutdown(cancel_futures=True)  # what is asked of a hub ends within HUB_SECONDS

    def look(self) -> LabMoment:
        """Return what there is now."""
        at = time.monotonic() - self._began
        hosts = dict(self._lab.fleet.hosts)
        counted = dict(zip(hosts, self._pool.map(_sessions, hosts.values()), strict=True))
        group = self._lab.fleet.group
        alarms = self._cloudwatch.describe_alarms()["MetricAlarms"]
        return LabMoment(
            at=at,
            lab_minutes=at * self._lab.settings.speed / 60,
            sessions={name: count for name, count in counted.items() if count is not None},
            average=average_sessions(
                self._cloudwatch, self._lab.deployed.group, PERIOD_SECONDS / self._lab.settings.speed
            ),
            alarms={
                alarm["AlarmName"]: alarm["StateValue"]
                for alarm in alarms
                if alarm.get("MetricName") == METRIC
            },
            desired=group.desired,
            members=group.members,
            healthy=len(self._lab.healthy()),
        )

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                moment = self.look()
            except Exception as error:
                # A look that fails because everything is being stopped, or under load, is one look less.
                if self._stop.is_set():
                    return
                self._lab.tell(f"the Lab could not be looked at: {error}")
                continue
            self.moments.append(moment)
            if self._on_moment is not None:
                self._on_moment(moment)


def average_sessions(cloudwatch: Any, group: str, seconds: float) -> float | None:
    """Return the average that the group's metric has over the last ``seconds``, real ones; None without data."""
    now = datetime.now(UTC)
    points: list[Any] = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=METRIC,
        Dimensions=[{"Name": "AutoScalingGroupName", "Value": group}],
        StartTime=now - timedelta(seconds=seconds),
        EndTime=now + timedelta(seconds=1),
        Period=60,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    samples = sum(point["SampleCount"] for point in points)
    return sum(point["Sum"] for point in points) / samples if samples else None


def _sessions(host: Host) -> int | None:
    return sessions_on(host.disk, host.address)


def sessions_on(disk: Path, address: str) -> int | None:
    """Return how many servers run on a host, as its hub says; None when the hub does not answer (yet)."""
    token = disk / "upper/etc/jupyterhub-lab/agent-token"
    try:
        request = urllib.request.Request(
            f"http://{address}:8000/hub/api/users?state=active",
            headers={"Authorization": f"token {token.read_text(encoding='utf-8').strip()}"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=HUB_SECONDS) as answer:
            users = json.load(answer)
    except (OSError, ValueError):
        return None
    return sum(not server.get("stopped") for user in users for server in user["servers"].values())
