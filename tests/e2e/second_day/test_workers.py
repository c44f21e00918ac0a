"""What is changed on the workers: the notebook image, Docker, and the machine image that they are launched from."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from hubctl.core.live import Deployment, write_document
from hubctl.rollout import cli
from hubctl.rollout.start import DONE, read_record, record_name
from hubctl.trial.hosts.host import Host
from hubctl.trial.swarm.account import WorkerInstance, instances_of
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.converge import converge_engine
from hubctl.trial.swarm.nodes import engine_settings
from hubctl.trial.swarm.ready import wait_for_workers
from tests.e2e.second_day.conftest import Browser
from tests.e2e.second_day.day import Day
from tests.e2e.second_day.people import Person
from tests.e2e.swarm.probes import (
    container_of,
    labels_of,
    node_id,
    node_of,
    place_of,
    reopens,
    worker_named,
)
from tests.support.waiting import wait_until

SYSTEMCTL = "/usr/local/bin/systemctl"
ROLLOUT_SECONDS = 300
Hubctl = Callable[..., Result]


def availability(cluster: Cluster, name: str) -> str:
    """Return whether a host's node takes users: ``active``, ``pause`` or ``drain``; nothing once it is gone."""
    asked = ["docker", "node", "inspect", node_id(cluster, name), "--format", "{{.Spec.Availability}}"]
    return cluster.leader.run(*asked, check=False).strip()


def host_of(cluster: Cluster, person: Person) -> Host:
    """Return the worker on which a user's server runs."""
    return worker_named(cluster, node_of(cluster, person.client.user))


@pytest.fixture(autouse=True)
def _each_on_another_worker(cluster: Cluster, day: Day) -> None:
    """Let each user work on a separate worker."""
    first, *others = day.people
    for person in others:
        taken = host_of(cluster, first).name
        if host_of(cluster, person).name != taken:
            continue
        node = node_id(cluster, taken)
        day.leaves(person)
        cluster.leader.run("docker", "node", "update", "--availability", "pause", node)
        day.returns(person)
        cluster.leader.run("docker", "node", "update", "--availability", "active", node)


def test_a_new_notebook_image(
    cluster: Cluster, day: Day, browser: Browser, usual_hub: dict[str, Any]
) -> None:
    """It ends no server, keeps no user waiting, and reaches users worker by worker."""
    old, new = usual_hub["notebook_image"], "chef-hub/notebook:second"
    before = [container_of(cluster, person.client.user) for person in day.people]
    other = before[1][0]
    mary = browser("mary")
    day.loop.do(mary.login())

    def image_of(user: str) -> str:
        asked = ["docker", "service", "inspect", f"notebook-{user}", "--format"]
        return cluster.leader.run(*asked, "{{.Spec.TaskTemplate.ContainerSpec.Image}}").strip()

    with day.doing("notebook-image"):
        cluster.converge(notebook_image=new)
        # No worker has the new one yet: no user is kept waiting for it.
        day.loop.do(mary.start_server())
        assert image_of("mary") == old
        day.loop.do(mary.stop_server())
        cluster.give_notebook_image(other, new)
        wait_until(lambda: len(labels_of(cluster, other.name)) == 3, "the leader labels the worker")
        day.loop.do(mary.start_server())
        assert image_of("mary") == new
        assert node_of(cluster, "mary") == other.name
    assert [container_of(cluster, person.client.user) for person in day.people] == before
    day.loop.do(mary.stop_server())
    # New workers come with the old one.
    cluster.converge(**usual_hub)


def test_docker_is_restarted_once_its_worker_is_empty(cluster: Cluster, day: Day, browser: Browser) -> None:
    """With other settings of it: the packages are the machine's, which no host may change, and take the same way."""
    stays, goes = day.people
    worker, other = host_of(cluster, goes), host_of(cluster, stays)
    settings = engine_settings(worker.name)
    settings["labels"].append("second-day=yes")
    mary = browser("mary")
    day.loop.do(mary.login())

    def engine() -> str:
        return worker.run("cat", "/run/docker.pid", check=False)

    def labels() -> str:
        return worker.run("docker", "info", "--format", "{{json .Labels}}", check=False)

    def settled() -> bool:
        # Its timer looks every minute; it is not waited for.
        worker.run(SYSTEMCTL, "start", "chef-hub-engine", seconds=ROLLOUT_SECONDS)
        return "second-day=yes" in labels()

    before = engine()
    with day.doing("engine"):
        converge_engine(worker, settings)
        wait_until(lambda: availability(cluster, worker.name) == "pause", "the worker takes no new users")
        day.loop.do(mary.start_server())
        assert node_of(cluster, "mary") == other.name
        assert not settled()
    assert engine() == before
    day.leaves(goes)
    with day.doing("engine", when="once its worker is empty"):
        wait_until(settled, "Docker has the new settings")
        wait_until(lambda: availability(cluster, worker.name) == "active", "the worker takes users again")
    assert engine() not in ("", before)
    day.loop.do(mary.stop_server())
    day.returns(goes)


@pytest.fixture
def hubctl(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Hubctl:
    """Return ``hubctl(...)``: runs `hubctl rollout` for this cluster, which no stack has deployed."""
    attributes = cluster.inputs.attributes
    deployment = Deployment(
        stack="chef-hub",
        region=attributes["region"],
        prefix=attributes["parameter_prefix"],
        group=attributes["autoscaling_group"],
        largest="worker_max_size",
    )
    monkeypatch.setattr(cli, "find_deployment", lambda *_: deployment)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the settings of its first caller

    def call(*arguments: str) -> Result:
        words = [*arguments, "--stack", "chef-hub"]
        return CliRunner().invoke(cli.command, words, env=cluster.aws.environment())

    return call


def members(cluster: Cluster) -> dict[str, WorkerInstance]:
    """Return the instances of the workers' group."""
    return instances_of(cluster.aws.client("autoscaling"), cluster.inputs.attributes["autoscaling_group"])


def names(cluster: Cluster) -> set[str]:
    """Return the names of the workers that there are."""
    return {worker.name for worker in cluster.workers}


def roll_until(cluster: Cluster, there: Callable[[], object], what: str) -> None:
    """Run the leader's program, which its timer does every half minute, until something holds."""

    def step() -> bool:
        unit = "chef-hub-worker-rollout"
        cluster.leader.run(SYSTEMCTL, "start", unit, seconds=ROLLOUT_SECONDS, check=False)
        return bool(there())

    wait_until(step, what, patience=2 * ROLLOUT_SECONDS)


def end_time_is_now(cluster: Cluster) -> None:
    """Let the deadline of the rollout be over, instead of waiting for hours."""
    ssm, prefix = cluster.aws.client("ssm"), cluster.inputs.attributes["parameter_prefix"]
    record = read_record(ssm, prefix)
    assert record is not None
    write_document(ssm, record_name(prefix), replace(record, deadline=datetime.now(UTC)).document())


def test_a_newer_machine_image_of_the_workers(
    cluster: Cluster, day: Day, browser: Browser, hubctl: Hubctl
) -> None:
    """The leader's program, a real group and real hosts: the first old worker leaves when it is empty, the last one at the
    deadline, with a user at work."""
    old = {host_of(cluster, person).name: person for person in day.people}
    assert set(old) == names(cluster)
    before = set(members(cluster))
    mary = browser("mary")
    day.loop.do(mary.login())

    def closed() -> list[str]:
        return [name for name in old if availability(cluster, name) == "pause"]

    def leaves(name: str) -> bool:
        instance = members(cluster).get(name.removeprefix("worker-"))
        return instance is None or instance.leaves

    def gone(name: str) -> bool:
        return name not in names(cluster) and not node_id(cluster, name)

    with day.doing("worker-image"):
        version = cluster.renew_worker_image("ubuntu-22.04-chef-client-18.9.0")
        assert set(members(cluster)) == before  # an apply alone replaces nothing
        started = hubctl("start", "--yes", "--deadline", "8h")
        assert started.exit_code == 0, started.exception or started.output
        roll_until(cluster, lambda: len(members(cluster)) == 3, "a new worker is asked for")
        wait_for_workers(cluster.leader, 3)
        roll_until(cluster, closed, "a worker is closed")
        (first,) = closed()
        (new,) = set(members(cluster)) - before
        assert hubctl("status").exit_code == cli.UNDER_WAY
        day.loop.do(mary.start_server())
        assert node_of(cluster, "mary") != first
        day.loop.do(mary.stop_server())
    (last,) = set(old) - {first}
    leaver, stayer = old[first], old[last]
    day.leaves(leaver)
    with day.doing("worker-image", when="one worker is empty"):
        roll_until(cluster, lambda: leaves(first), "the empty worker is told to leave")
        wait_until(lambda: gone(first), "it has left")
        wait_for_workers(cluster.leader, 3)
        roll_until(cluster, lambda: closed() == [last], "the other old worker is closed")
        assert len(members(cluster)) == 3  # another new one has come for it
    day.returns(leaver)
    assert host_of(cluster, leaver).name not in old
    with day.doing("worker-image", when="at the deadline", costs=[stayer]):
        end_time_is_now(cluster)
        roll_until(cluster, lambda: leaves(last), "the last old worker is told to leave")
        wait_until(lambda: gone(last), "it has left")
        roll_until(cluster, lambda: hubctl("status").exit_code == 0, "the rollout ends")
        user = stayer.client
        wait_until(lambda: place_of(cluster, user.user) not in ("", last), "the server has moved")
        day.loop.do(reopens(user))
    left = members(cluster)
    assert new in left
    assert {one.version for one in left.values()} == {version}
    assert len(left) == 2 == len(names(cluster))
    record = read_record(cluster.aws.client("ssm"), cluster.inputs.attributes["parameter_prefix"])
    assert record is not None
    assert record.state == DONE
    nodes = cluster.leader.run("docker", "node", "ls", "--filter", "role=worker", "--quiet").split()
    assert len(nodes) == 2
    status = json.loads(hubctl("status", "--json").stdout)
    assert status["old"] == 0
