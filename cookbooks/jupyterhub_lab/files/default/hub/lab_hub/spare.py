"""Asks for instances as soon as too few places are free: right after the start that took one, not at the alarm's minute.

The alarm on the metric ``FreePlaces`` says the same one to three minutes later, and stays for what fails here. Both use
one policy of the group. Its steps add as many instances as are missing, and count those that are on their way:
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ExecutePolicy.html

A prepared instance takes most of a minute until it serves. So as many users are reckoned with as came in the last one: of a
crowd, more instances come at once, and the places of one user alone change next to nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from lab_hub.settings import LabSettings

# A class that logs in makes one request of many starts.
PAUSE_SECONDS = 5.0
FORESIGHT_SECONDS = 60.0
# No start waits for it, and the next one asks again.
CONFIG = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
log = logging.getLogger("lab_hub.spare")


class SparePlaces:
    """Watches the places that are free here while servers start; ``ask`` blocks, so it is called in a thread.

    Whatever fails there is logged, and never reaches a start.
    """

    def __init__(
        self,
        wanted: int,
        ask: Callable[[int], None],
        *,
        pause: float = PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wanted = wanted
        self._ask = ask
        self._pause = pause
        self._clock = clock
        self._starts: deque[float] = deque()  # of the last minute
        self._free: int | None = None
        self._task: asyncio.Task[None] | None = None

    def note(self, free: int) -> None:
        """Take note of how many places a start has left free here. The first one asks at once, others after the pause."""
        now = self._clock()
        self._starts.append(now)
        while self._starts[0] < now - FORESIGHT_SECONDS:
            self._starts.popleft()
        self._free = free - len(self._starts)
        # As many as are free here are free in the group.
        if self._free < self._wanted and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._ask_until_quiet())

    async def _ask_until_quiet(self) -> None:
        while (free := self._free) is not None:
            self._free = None
            try:
                await asyncio.to_thread(self._ask, free)
            except Exception as error:
                log.warning("instances for spare places were not asked for, the alarm will: %s", error)
            await asyncio.sleep(self._pause)


def policy_request(settings: LabSettings) -> Callable[[int], None]:
    """Return the function that compares the group's free places with the wanted ones, and carries out the policy.

    It is given how many places this instance will have free, below 0 for users who will find none, and takes the others in
    service to have as many, as the session agent does for the metric.
    """
    client: Any = None

    def ask(free: int) -> None:
        nonlocal client
        if settings.spare is None:
            return
        client = client or boto3.session.Session(region_name=settings.region).client(
            "autoscaling", config=CONFIG
        )
        name, wanted = settings.autoscaling_group, settings.spare.spare_places
        groups = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        if not groups or groups[0]["DesiredCapacity"] >= groups[0]["MaxSize"]:
            return
        serving = sum(one["LifecycleState"] == "InService" for one in groups[0]["Instances"])
        in_group = free * max(1, serving)
        if in_group >= wanted:
            return
        log.info(
            "%d places will be free in the group, %d are to be kept: asking for instances", in_group, wanted
        )
        client.execute_policy(
            AutoScalingGroupName=name,
            PolicyName=settings.spare.policy,
            MetricValue=float(in_group),
            BreachThreshold=float(wanted),
        )

    return ask
