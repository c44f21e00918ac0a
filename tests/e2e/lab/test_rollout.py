"""A newer machine image rolled through the Lab, with a user who computes on the old instance and loses nothing."""

from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from hubctl.rehearse.person import Visit
from hubctl.rehearse.stages import LabStage
from hubctl.rollout.cli import UNDER_WAY, command
from hubctl.trial.lab.lab import Lab
from tests.e2e.lab.conftest import Stage, container_of, instance_of, one_is_left
from tests.e2e.second_day.day import Day, Seen
from tests.e2e.second_day.people import Person
from tests.support.waiting import PATIENCE

SENTENCE = "This machine is being replaced until six."


def hubctl(lab: Lab, *arguments: str) -> Result:
    stack = ["--stack", "aws-lab", "--folder", str(lab.deployed.folder)]
    return CliRunner().invoke(command, [*arguments, *stack])


def in_service(lab: Lab) -> set[str]:
    return {name for name, member in lab.fleet.group.members.items() if member.state == "InService"}


def test_a_newer_image_takes_over_while_a_user_computes(
    lab: Lab, stage: Stage, table: list[Seen], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lab.aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the settings of its first caller
    one_is_left(lab)
    (old,) = in_service(lab)
    worker = Person(stage.browser("worker"))
    stage.do(worker.begin())
    day = Day([worker], stage.loop, table)
    kept = container_of(lab, "worker")
    with day.doing("lab-image"):
        lab.renew_image("jupyterhub-lab-2026.12.1")
        assert in_service(lab) == {old}  # an apply alone replaces nothing
        started = hubctl(lab, "start", "--yes", "--deadline", "8h", "--sentence", SENTENCE)
        assert started.exit_code == 0, started.exception or started.output
        lab.wait_until("the closed instance", lambda: SENTENCE in flag(lab, old), 4 * PATIENCE)
        (new,) = in_service(lab) - {old}
        assert hubctl(lab, "status").exit_code == UNDER_WAY
        newcomer = arrived(lab, stage, new)
        sent_on(lab, stage, new)
    assert worker.connections == 1  # not even its websocket was cut
    assert container_of(lab, "worker") == kept
    day.leaves(worker)
    lab.wait_until("the end of the old instance", lambda: old not in lab.fleet.hosts, 2 * PATIENCE)
    lab.wait_until("the end of the rollout", lambda: hubctl(lab, "status").exit_code == 0, PATIENCE)
    assert lab.fleet.group.desired == 1
    assert in_service(lab) == {new}
    assert instance_of(lab, "newcomer") == new
    stage.do(newcomer.stop_server())


def flag(lab: Lab, instance: str) -> str:
    return str(lab.fleet.host(instance).run("cat", "/run/jupyterhub-lab/draining", check=False))


def arrived(lab: Lab, stage: Stage, new: str) -> Any:
    """Return a user's browser whose server runs on the newer instance; on the old one it must not start."""
    lab.wait_until("the newer instance's health", lambda: new in lab.healthy(), 2 * PATIENCE)
    for _ in range(4):  # each new browser is sent to the next instance
        newcomer: Any = stage.browser("newcomer")
        stage.do(newcomer.login())
        said = stage.do(newcomer.try_start())
        if not said:
            assert instance_of(lab, "newcomer") == new
            return newcomer
        assert SENTENCE in said
    raise AssertionError("never sent to the newer instance")


def sent_on(lab: Lab, stage: Stage, new: str) -> None:
    """Let two new browsers come, of which the balancer leads one to the old instance: both start on the newer one at once."""

    async def starts(user: str) -> int:
        async with LabStage(lab).person(user) as browser:
            seen = Visit(user=user, came=0)
            assert (await browser.ask_for_server()).status == 200
            await browser.open_server(seen)
            assert instance_of(lab, user) == new
            await browser.stop()
            return browser.sent_on

    assert sum(stage.do(starts(user)) for user in ("early", "late")) > 0
