"""A Lab on this machine for all tests of this folder, a monitor that watches it, and browsers of its users."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.simulate.lab_users import FORESIGHT_SECONDS
from hubctl.trial.lab.lab import Lab
from hubctl.trial.lab.monitor import Monitor, average_sessions
from hubctl.trial.lab.settings import DOMAIN, LocalLabSettings, check_machine
from hubctl.trial.lab.timeline import HEADER, line, write_csv, write_picture
from tests.e2e.event_loop import Loop
from tests.e2e.second_day.day import Seen, table_in
from tests.support.hub_client import HubClient
from tests.support.waiting import PATIENCE

# Six users on one instance bring two more; two users on three instances are few enough to take one away.
SETTINGS = LocalLabSettings(speed=10.0, scale_up_threshold=5, scale_down_threshold=2, drain_seconds=600)


@pytest.fixture(scope="package")
def lab() -> Iterator[Lab]:
    """A Lab of one instance that may grow to three, ten times as fast as AWS; gone before other folders start their hosts."""
    try:
        check_machine()
    except HubctlError as error:
        pytest.exit(f"{error.message}: {error.remedy}", returncode=2)
    with Lab(SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def monitor(lab: Lab, project: Path) -> Iterator[Monitor]:
    """Watches from the first test to the last; leaves the course in build/local-lab as table, CSV and picture."""
    with Monitor(lab) as watching:
        yield watching
    print(f"\n{HEADER}")
    for moment in watching.moments[::3]:
        print(line(moment))
    folder = project / "build/local-lab"
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(watching.moments, folder / "e2e.csv")
    thresholds = {"up": SETTINGS.scale_up_threshold, "down": SETTINGS.scale_down_threshold}
    write_picture(watching.moments, folder / "e2e.png", title="make e2e: the Lab's closed loop", **thresholds)


@pytest.fixture(scope="package")
def table(project: Path) -> Iterator[list[Seen]]:
    """What people at work saw of each change of the Lab."""
    with table_in(project / "build/second-day/aws-lab.csv") as lines:
        yield lines


class Stage:
    """Users' browsers on a separate event loop, so that one works on while tests wait for something else."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.loop = Loop()
        self._open: list[HubClient] = []

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine to its end."""
        return self.loop.do(work)

    def browser(self, user: str, kind: Callable[..., HubClient] = HubClient) -> Any:
        """Return a new browser of a user; it is closed at the end."""
        lab = self._lab
        client = kind(
            hostname=DOMAIN,
            address=lab.address,
            certificate=lab.certificate,
            user=user,
            password=lab.password,
        )
        self._open.append(self.do(client.__aenter__()))
        return client

    def at_work(self, user: str) -> Any:
        """Return a browser whose user has logged in and has JupyterLab open."""
        client = self.browser(user)
        self.do(client.login())
        self.do(client.start_server())
        return client

    def all_at_work(self, users: Sequence[str]) -> dict[str, HubClient]:
        """Return a browser for each user; they all log in and open JupyterLab at the same time."""
        clients = {user: self.browser(user) for user in users}

        async def begin(client: HubClient) -> None:
            await client.login()
            await client.start_server()

        async def begin_all() -> None:
            await asyncio.gather(*(begin(client) for client in clients.values()))

        self.do(begin_all())
        return clients

    def close(self) -> None:
        """Close all browsers."""
        for client in self._open:
            self.do(client.__aexit__(None, None, None))
        self.loop.close()


@pytest.fixture(scope="package")
def stage(lab: Lab) -> Iterator[Stage]:
    """All users of the tests."""
    users = Stage(lab)
    yield users
    users.close()


def instance_of(lab: Lab, user: str) -> str:
    """Return the instance on which the user's server runs."""
    label = f"label=jupyterhub-lab.user={user}"
    found = [
        name
        for name, host in list(lab.fleet.hosts.items())
        if host.running() and host.run("docker", "ps", "--quiet", "--filter", label, check=False).strip()
    ]
    assert len(found) == 1, f"{user}'s servers run on {found}"
    return found[0]


def container_of(lab: Lab, user: str) -> tuple[str, str]:
    """Return the instance and the id of the user's container, which a restart would change."""
    instance = instance_of(lab, user)
    label = f"label=jupyterhub-lab.user={user}"
    command = ["docker", "ps", "--no-trunc", "--quiet", "--filter", label]
    return instance, lab.fleet.host(instance).run(*command).strip()


def causes(lab: Lab) -> list[str]:
    """Return why the group did what it did, the newest first."""
    history = lab.aws.client("autoscaling").describe_scaling_activities(
        AutoScalingGroupName=lab.deployed.group
    )
    return [f"{one['Description']}: {one['Cause']}" for one in history["Activities"]]


def one_is_left(lab: Lab) -> None:
    """Return once the group is at rest: nobody works, alarms and hubs have forgotten the users, one instance is left.

    An alarm goes on with what the minutes before have brought, and a hub expects as many users as came in the last one: both
    would soon let the group grow again.
    """
    lab.wait_until("the least size", lambda: lab.fleet.group.smallest == 1, PATIENCE)
    lab.wait_until("alarms and hubs that have forgotten the users", lambda: forgotten(lab), 2 * PATIENCE)
    lab.wait_until("an instance that serves", lambda: bool(lab.healthy()), 4 * PATIENCE)
    stays = lab.healthy()[0]
    for instance, member in lab.fleet.group.members.items():
        if instance != stays and member.state in ("Pending", "Pending:Wait", "InService"):
            terminate(lab, instance, replace=False)
    lab.wait_until(
        "one instance in service",
        lambda: len(lab.fleet.group.members) == len(lab.fleet.hosts) == len(lab.healthy()) == 1,
        4 * PATIENCE,
    )


def forgotten(lab: Lab) -> bool:
    """Tell whether the alarm for growth is quiet, and no session was counted as long as it, or a hub, looks back."""
    cloudwatch = lab.aws.client("cloudwatch")
    (high,) = cloudwatch.describe_alarms(AlarmNames=[f"{lab.deployed.group}-sessions-high"])["MetricAlarms"]
    period = high["Period"] / lab.settings.speed
    # With the period that is not over, and the one before the agents' next run. Hubs have the real time.
    seconds = max(high["EvaluationPeriods"] * period, FORESIGHT_SECONDS) + 2 * period
    return high["StateValue"] == "OK" and average_sessions(cloudwatch, lab.deployed.group, seconds) == 0.0


def terminate(lab: Lab, instance: str, *, replace: bool = True) -> None:
    """Have the group terminate an instance by hand, and replace it, or be smaller afterwards."""
    lab.aws.client("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=instance, ShouldDecrementDesiredCapacity=not replace
    )
