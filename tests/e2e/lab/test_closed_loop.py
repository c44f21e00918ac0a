"""The closed loop on real hosts: users bring instances, instances leave when users have left, no user loses a session.

The tests tell one story in their order; each looks for itself that the one before left things as it needs them.
"""

import asyncio
import itertools
import time

from hubctl.trial.lab.lab import Lab
from hubctl.trial.lab.monitor import LabMoment, Monitor
from tests.e2e.lab.conftest import SETTINGS, Stage, causes, container_of, instance_of, terminate
from tests.e2e.lab.keeper import Keeper
from tests.support.hub_client import HubClient
from tests.support.waiting import PATIENCE

CROWD = [f"student-{number}" for number in range(1, SETTINGS.scale_up_threshold + 1)]
MINUTE = 60 / SETTINGS.speed  # of AWS, in real seconds
BOOT_SECONDS = 4 * PATIENCE
RETURN_SECONDS = PATIENCE


class Story:
    """Who is there, from one test to the next."""

    keeper: Keeper
    kept: tuple[str, str]
    resident: HubClient
    students: dict[str, HubClient]


def healthy(lab: Lab, count: int) -> None:
    lab.wait_until(f"{count} healthy instances", lambda: len(lab.healthy()) == count, BOOT_SECONDS)


def sessions_before_leaving(moments: list[LabMoment]) -> dict[str, int]:
    """Return for each instance that left service how many sessions it held then: at the looks before and after."""
    left = {}
    for before, after in itertools.pairwise(moments):
        for name, member in before.members.items():
            now = after.members.get(name)
            if member.state == "InService" and (now is None or now.state.startswith("Terminating")):
                left[name] = min(look.sessions.get(name, 0) for look in (before, after))
    return left


def test_users_who_log_in_bring_instances(lab: Lab, monitor: Monitor, stage: Stage) -> None:
    (first,) = lab.healthy()
    Story.keeper = stage.browser("keeper", Keeper)
    stage.do(Story.keeper.begin())
    Story.kept = container_of(lab, "keeper")
    Story.students = stage.all_at_work(CROWD)
    assert {instance_of(lab, user) for user in CROWD} == {first} == {Story.kept[0]}
    healthy(lab, 3)
    assert any("local-lab-sessions-high is in state ALARM" in cause for cause in causes(lab))
    # What the hub counted is what CloudWatch got.
    assert any(moment.average == moment.total >= SETTINGS.scale_up_threshold for moment in monitor.moments)
    lab.wait_until(
        "protection of the users' instance", lambda: lab.fleet.group.members[first].protected, PATIENCE
    )
    assert lab.fleet.group.desired == 3


def test_new_users_get_to_new_instances_and_two_browsers_see_the_same_files(lab: Lab, stage: Stage) -> None:
    healthy(lab, 3)
    resident = Story.resident = away_from_the_keeper(lab, stage)
    there = instance_of(lab, "resident")
    stage.do(resident.write_file("shared.txt", "from the first browser"))
    for _ in lab.healthy():  # each new browser is sent to the next instance
        second = stage.at_work("resident")
        running = {name for name, host in lab.fleet.hosts.items() if "resident" in names_on(host)}
        if running != {there}:
            break
    assert len(running) == 2
    assert stage.do(second.read_file("shared.txt")) == "from the first browser"
    stage.do(second.write_file("shared.txt", "from the second browser"))
    assert stage.do(resident.read_file("shared.txt")) == "from the second browser"
    stage.do(second.stop_server())


def away_from_the_keeper(lab: Lab, stage: Stage) -> HubClient:
    """Return a browser of the resident, whose server runs on an instance where the keeper's does not."""
    for _ in lab.healthy():  # each new browser is sent to the next instance
        resident: HubClient = stage.at_work("resident")
        if instance_of(lab, "resident") != Story.kept[0]:
            return resident
        stage.do(resident.stop_server())
    raise AssertionError("the balancer sends all users to the keeper's instance")


def names_on(host: object) -> str:
    return str(host.run("docker", "ps", "--format", "{{.Names}}"))  # type: ignore[attr-defined]


def test_a_terminating_instance_waits_for_its_sessions_until_the_deadline(lab: Lab) -> None:
    healthy(lab, 3)
    resident = instance_of(lab, "resident")
    (empty,) = set(lab.healthy()) - {Story.kept[0], resident}
    deadline = SETTINGS.drain_seconds / SETTINGS.speed
    began = time.monotonic()
    for instance in (empty, resident):
        terminate(lab, instance)
    lab.wait_until("the end of the empty instance", lambda: empty not in lab.fleet.hosts, deadline)
    assert time.monotonic() - began < deadline - 1
    assert resident in lab.fleet.hosts
    lab.wait_until(
        "the balancer's notice", lambda: lab.target_health()[resident]["state"] == "draining", PATIENCE
    )
    host = lab.fleet.host(resident)
    lab.wait_until("the agent's mark", lambda: "draining" in host.run("ls", "/run/jupyterhub-lab"), PATIENCE)
    assert names_on(host).strip() == "notebook-resident"
    lab.wait_until("the end of the other one", lambda: resident not in lab.fleet.hosts, deadline + PATIENCE)
    assert time.monotonic() - began >= deadline - 1
    healthy(lab, 3)
    Story.keeper.undisturbed(at_least=10)


async def returns(user: HubClient) -> None:
    """Log in and open JupyterLab again, as soon as the Lab lets the user."""
    began = time.monotonic()
    while True:
        try:
            await user.login()
            await user.start_server(60)
            return
        except (AssertionError, OSError, TimeoutError):
            assert time.monotonic() - began < RETURN_SECONDS, f"{user.user} could not come back"
            await asyncio.sleep(1)


def test_a_killed_host_costs_no_file_and_is_replaced(lab: Lab, stage: Stage) -> None:
    healthy(lab, 3)
    resident = Story.resident = away_from_the_keeper(lab, stage)  # the instance of the test before is gone
    killed = instance_of(lab, "resident")
    stage.do(resident.write_file("kept.txt", "before the host died"))
    lab.fleet.host(killed).kill()
    stage.do(returns(resident))
    assert instance_of(lab, "resident") != killed
    assert stage.do(resident.read_file("kept.txt")) == "before the host died"
    lab.wait_until(
        "the group's verdict", lambda: state(lab, killed) in ("Terminating:Wait", "gone"), PATIENCE
    )
    lab.wait_until("its replacement", lambda: len(lab.fleet.group.members) > 2, PATIENCE)
    Story.keeper.undisturbed(at_least=30)


def state(lab: Lab, instance: str) -> str:
    member = lab.fleet.group.members.get(instance)
    return member.state if member else "gone"


def test_the_group_shrinks_and_never_chooses_an_instance_with_a_session(
    lab: Lab, monitor: Monitor, stage: Stage
) -> None:
    began = len(monitor.moments)
    students = [stage.do(student.stop_server()) for student in Story.students.values()]
    assert len(students) == len(CROWD)  # few enough users are left for the group to shrink
    if instance_of(lab, "resident") == Story.kept[0]:  # the balancer may choose it when another host dies
        stage.do(Story.resident.stop_server())
        Story.resident = away_from_the_keeper(lab, stage)
    instance = instance_of(lab, "resident")
    assert instance != Story.kept[0]
    lab.wait_until("an alarm that wants one instance", lambda: lab.fleet.group.desired == 1, 40 * MINUTE)
    # Two instances hold a session each. They are too many now, and yet both stay.
    lab.wait_until(
        "the end of the empty instances", lambda: in_service(lab) == {instance, Story.kept[0]}, PATIENCE
    )
    time.sleep(3 * MINUTE)
    assert in_service(lab) == {instance, Story.kept[0]}
    assert all(lab.fleet.group.members[name].protected for name in (instance, Story.kept[0]))
    stage.do(Story.resident.stop_server())
    lab.wait_until("one instance", lambda: set(lab.fleet.group.members) == {Story.kept[0]}, PATIENCE)
    lab.wait_until("the end of its host", lambda: set(lab.fleet.hosts) == {Story.kept[0]}, PATIENCE)
    left = sessions_before_leaving(monitor.moments[began:])
    assert instance in left
    assert set(left.values()) == {0}, left
    assert any("local-lab-sessions-low is in state ALARM" in cause for cause in causes(lab))
    Story.keeper.undisturbed(at_least=60)
    assert container_of(lab, "keeper") == Story.kept  # the same instance, and never restarted
    stage.do(Story.keeper.end())
    Story.keeper.undisturbed(at_least=60)


def in_service(lab: Lab) -> set[str]:
    return {name for name, member in lab.fleet.group.members.items() if member.state == "InService"}
