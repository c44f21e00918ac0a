"""Runs of the agent on an instance that has to go."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from session_agent.leaving import drain_plan
from session_agent.sessions import Sessions

Later = Callable[[float], None]


def test_an_instance_without_sessions_goes_at_once(lab: Any) -> None:
    lab.terminate()
    assert [one["LifecycleState"] for one in lab.described()] == ["Terminating:Wait"]
    assert lab.run() == 0
    assert lab.described() == []


def test_one_with_sessions_waits_until_they_end(lab: Any, later: Later) -> None:
    lab.hub.log_in("user")
    lab.terminate()
    for _ in range(3):
        assert lab.run() == 0
        later(60)
    assert lab.drain_flag.exists()
    assert [one["LifecycleState"] for one in lab.described()] == ["Terminating:Wait"]
    lab.hub.users.clear()
    assert lab.run() == 0
    assert lab.described() == []


def test_one_whose_sessions_stay_goes_at_the_deadline(
    lab: Any, later: Later, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "session-agent")
    lab.hub.log_in("user")
    lab.terminate()
    lab.run()
    later(300)
    lab.run()
    assert len(lab.described()) == 1
    later(301)
    assert lab.run() == 0
    assert lab.described() == []
    assert "1 sessions are left, but the deadline of 600 s has passed" in caplog.text


def test_a_jump_of_the_clock_does_not_end_the_waiting(lab: Any) -> None:
    lab.hub.log_in("user")
    lab.terminate()
    lab.run()
    memory = json.loads(lab.memory.read_text())
    memory["last"]["wall"] -= 86_400
    lab.memory.write_text(json.dumps(memory))
    assert lab.run() == 0
    assert len(lab.described()) == 1


def test_a_silent_hub_is_waited_for_while_containers_of_users_run(lab: Any, later: Later) -> None:
    lab.hub.broken = (503, "")
    (lab.bridge / "veth1a2b3c").mkdir(parents=True)
    lab.terminate()
    lab.run()
    assert len(lab.described()) == 1
    later(601)
    lab.run()
    assert lab.described() == []


@pytest.mark.parametrize("network_made", [True, False])
def test_an_instance_whose_hub_never_came_up_goes_at_once(
    lab: Any, caplog: pytest.LogCaptureFixture, network_made: bool
) -> None:
    caplog.set_level("INFO", "session-agent")
    lab.hub.broken = (503, "")
    if network_made:
        lab.bridge.mkdir(parents=True)
    lab.terminate()
    assert lab.run() == 0
    assert lab.described() == []
    assert "the hub is silent, and no user's container runs" in caplog.text


def test_it_goes_although_its_own_token_was_never_made_for_the_hub(lab: Any) -> None:
    (lab.folder / "token").write_text("")
    lab.terminate()
    assert lab.run() == 0
    assert lab.described() == []


def test_the_flag_is_lowered_on_an_instance_in_service(lab: Any) -> None:
    lab.drain_flag.parent.mkdir()
    lab.drain_flag.touch()
    lab.run()
    assert not lab.drain_flag.exists()


def test_without_a_hook_there_is_nothing_to_wait_for(lab: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "session-agent")
    lab.settings["lifecycle_hook"] = None
    lab.terminate()
    assert lab.run() == 0
    assert "nothing to wait for" in caplog.text


@pytest.mark.parametrize(
    ("running", "containers", "elapsed", "step"),
    [
        (0, 0, 0, "let go"),
        (0, 1, 0, "let go"),  # what the hub says counts
        (1, 1, 0, "wait"),
        (1, 0, 599, "wait"),
        (1, 1, 600, "let go"),
        (None, 0, 0, "let go"),
        (None, 2, 0, "wait"),
        (None, 2, 600, "let go"),
        (None, None, 0, "wait"),
        (None, None, 600, "let go"),
    ],
)
def test_plans(running: int | None, containers: int | None, elapsed: float, step: str) -> None:
    sessions = None if running is None else Sessions(running=running, active=0)
    assert drain_plan(sessions, elapsed, 600, containers=containers).step == step
