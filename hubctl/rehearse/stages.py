"""What the users of a rehearsal come to: the trial Lab, or the trial cluster, with the sizes that the stack has.

A host takes as many users as an instance of the stack does. How many hosts there are at most is this machine's limit.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from hub_constructs.chef_hub.node_contract import SPARE_WINDOWS_PARAMETER
from hubctl.core.console import err
from hubctl.rehearse.person import Person
from hubctl.rehearse.programme import CapacityStep, SpareTime
from hubctl.simulate.model import StackModel
from hubctl.trial.swarm.account import instances_of
from hubctl.trial.swarm.ready import ready_workers
from stacks.settings.scaling_guards import instance_type

SYSTEM_GIB = 1.5  # what the Lab's guard takes off an instance's memory
WORKER_RESERVE_GIB = 0.25
WORKERS_SECONDS = 2.0
# The hub reads once a minute which places the timetable wants kept free (swarm_hub.spare_windows).
NOTICE_SECONDS = 65.0


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What the trial is to be like. ``places`` on a host, sizes of the group in hosts, ``speed`` of AWS's time.

    ``pool`` hosts wait in the warm pool, and ``spare`` places are kept free ahead of the next user.
    """

    places: int
    smallest: int
    largest: int
    speed: float
    users: int
    pool: int = 0
    spare: int = 0


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The group as it is: its smallest size, the capacity asked for, and instances.

    ``paid`` are those that run, in the group or its warm pool; ``usable`` those that take users.
    """

    smallest: int
    desired: int
    paid: int
    usable: int


class Stage(Protocol):
    """A trial that runs. Within ``notice_seconds``, real ones, it knows what :meth:`keep_free` has told it."""

    notice_seconds: float

    def person(self, user: str) -> Person:
        """Return a user's browser."""

    def capacity(self) -> Capacity:
        """Look at the group."""

    def schedule(self, steps: Sequence[CapacityStep], elapsed: float) -> None:
        """Give the group these scheduled actions, ``elapsed`` seconds of AWS after the programme began."""

    def keep_free(self, times: Sequence[SpareTime], began: float) -> None:
        """Tell when to keep places free, where the stack does; ``began`` is the programme's beginning, in Unix time."""


class LabStage:
    """The Lab: instances with their own hubs behind a balancer."""

    notice_seconds = 0.0

    def __init__(self, lab: Any, kind: type[Person] = Person) -> None:
        self._lab = lab
        self._kind = kind

    def person(self, user: str) -> Person:
        """Return a user's browser."""
        from hubctl.trial.lab.settings import DOMAIN

        return self._kind(
            speed=self._lab.settings.speed,
            domain=DOMAIN,
            address=self._lab.address,
            certificate=self._lab.certificate,
            user=user,
            password=self._lab.password,
        )

    def capacity(self) -> Capacity:
        """Look at the group."""
        group = self._lab.fleet.group
        return Capacity(
            smallest=group.smallest,
            desired=group.desired,
            paid=sum(not member.stopped for member in group.members.values()),
            usable=len(self._lab.healthy()),
        )

    def schedule(self, steps: Sequence[CapacityStep], elapsed: float) -> None:
        """Give the group these scheduled actions."""
        put_actions(self._lab.aws, self._lab.deployed.group, steps, elapsed)

    def keep_free(self, times: Sequence[SpareTime], began: float) -> None:
        """Do nothing: the Lab's policy keeps as many places free as the setting says, whatever class meets."""


class ClusterStage:
    """The trial cluster: one hub that places users on workers, and asks for more of them."""

    notice_seconds = NOTICE_SECONDS

    def __init__(self, cluster: Any, kind: type[Person] = Person) -> None:
        self._cluster = cluster
        self._kind = kind
        self._group = cluster.inputs.attributes["autoscaling_group"]
        self._ready = 0
        self._looked = float("-inf")
        self._autoscaling = cluster.aws.client("autoscaling")
        self._certificate = cluster.leader.run("cat", "/etc/nginx/chef-hub/fullchain.pem")

    def person(self, user: str) -> Person:
        """Return a user's browser."""
        from hubctl.trial.swarm.settings import HOSTNAME

        return self._kind(
            speed=self._cluster.settings.speed,
            domain=HOSTNAME,
            address=self._cluster.leader.address,
            certificate=self._certificate,
            user=user,
            password=self._cluster.password,
            trial="local-swarm",
        )

    def capacity(self) -> Capacity:
        """Look at the group."""
        answer = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self._group])
        found = answer["AutoScalingGroups"][0]
        there = instances_of(self._autoscaling, self._group)
        return Capacity(
            smallest=found["MinSize"],
            desired=found["DesiredCapacity"],
            paid=sum(not instance.stopped for instance in there.values()),
            usable=self._workers(),
        )

    def _workers(self) -> int:
        """Count the workers that take users; the Swarm is asked every few seconds, as that takes a program on the leader."""
        if time.monotonic() - self._looked >= WORKERS_SECONDS:
            self._ready, self._looked = len(ready_workers(self._cluster.leader)), time.monotonic()
        return self._ready

    def schedule(self, steps: Sequence[CapacityStep], elapsed: float) -> None:
        """Give the group these scheduled actions."""
        put_actions(self._cluster.aws, self._group, steps, elapsed)

    def keep_free(self, times: Sequence[SpareTime], began: float) -> None:
        """Put them where the hub reads them."""
        prefix = self._cluster.inputs.attributes["parameter_prefix"]
        put_spare_times(self._cluster.aws, prefix, times, began, self._cluster.settings.speed)


def put_actions(aws: Any, group: str, steps: Sequence[CapacityStep], elapsed: float) -> None:
    """Put scheduled actions as the stack's plan has them, at the times that its meeting has on the trial's clock.

    Only the smallest size is set: https://docs.aws.amazon.com/autoscaling/ec2/userguide/scheduled-scaling.html
    """
    autoscaling, began = aws.client("autoscaling"), aws.time() - elapsed
    for step in steps:
        autoscaling.put_scheduled_update_group_action(
            AutoScalingGroupName=group,
            ScheduledActionName=step.name,
            StartTime=datetime.fromtimestamp(round(began + step.at), UTC),
            MinSize=step.instances,
        )


def put_spare_times(aws: Any, prefix: str, times: Sequence[SpareTime], began: float, speed: float) -> None:
    """Put the parameter that the stack makes of a timetable. The hub's clock is not accelerated, and counts whole minutes."""
    rows = [
        (
            f"{datetime.fromtimestamp(began + each.at / speed, UTC):%Y-%m-%dT%H:%M:%SZ}",
            math.ceil(each.seconds / speed / 60),
            1,
            each.places,
        )
        for each in times
    ]
    aws.client("ssm").put_parameter(
        Name=f"{prefix}/{SPARE_WINDOWS_PARAMETER}", Value=json.dumps(rows), Type="String", Overwrite=True
    )


@contextlib.contextmanager
def lab_stage(sizes: Sizes, model: StackModel, values: Mapping[str, Any]) -> Iterator[Stage]:
    """Run the Lab until the block ends."""
    from hubctl.trial.lab.lab import Lab

    with Lab(lab_settings(sizes, model, values), err.say) as lab:
        yield LabStage(lab)


def lab_settings(sizes: Sizes, model: StackModel, values: Mapping[str, Any]) -> Any:
    """Return the Lab's settings: those of the stack, with the places that are wanted on an instance.

    Its instances are of one type, whatever the stack's is: a server's limit decides how many users fit.
    """
    from hubctl.trial.lab.settings import INSTANCE_TYPE, LocalLabSettings

    size = instance_type(INSTANCE_TYPE)
    memory = size.memory_gib if size else 16.0
    share = sizes.places / model.places
    up = max(1, math.floor(float(values.get("scale_up_threshold") or model.places) * share))
    down = min(float(values.get("scale_down_threshold") or 1) * share, (up - 1) / 2)
    return LocalLabSettings(
        speed=sizes.speed,
        min_size=sizes.smallest,
        max_size=sizes.largest,
        scale_up_threshold=up,
        scale_down_threshold=max(1, math.floor(down)),
        user_memory_gib=math.floor(100 * (memory - SYSTEM_GIB) / sizes.places) / 100,
        pool=sizes.pool,
        spare_places=sizes.spare,
    )


@contextlib.contextmanager
def cluster_stage(sizes: Sizes, model: StackModel, values: Mapping[str, Any]) -> Iterator[Stage]:
    """Run the trial cluster until the block ends."""
    from hubctl.trial.swarm.cluster import Cluster

    del model
    with Cluster(cluster_settings(sizes, values), err.say) as cluster:
        yield ClusterStage(cluster)


def cluster_settings(sizes: Sizes, values: Mapping[str, Any], machine_gib: float | None = None) -> Any:
    """Return the cluster's settings. Every host shows this machine's memory: a server's limit decides how many fit."""
    from hubctl.trial.swarm.settings import LocalSwarmSettings

    memory = machine_gib or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return LocalSwarmSettings(
        speed=sizes.speed,
        workers=max(1, sizes.smallest),
        max_workers=sizes.largest,
        max_users=min(int(values.get("hub_max_users") or 50), 10_000),
        user_memory_gib=math.floor(100 * (memory - WORKER_RESERVE_GIB) / sizes.places) / 100,
        pool=sizes.pool,
        spare_places=sizes.spare,
    )
