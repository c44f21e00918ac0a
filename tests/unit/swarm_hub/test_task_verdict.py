from collections.abc import Callable
from typing import Any

import pytest

from swarm_hub.task_verdict import judge, rejected, still_there

Make = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    "state", ["new", "pending", "assigned", "accepted", "preparing", "ready", "starting"]
)
def test_a_task_on_its_way_is_starting(task: Make, state: str) -> None:
    assert judge([task(state)]).kind == "starting"


def test_a_running_task_names_its_node(task: Make) -> None:
    verdict = judge([task("running", node="node-7")])
    assert (verdict.kind, verdict.node) == ("running", "node-7")


def test_a_task_that_cannot_be_placed_says_why(task: Make) -> None:
    verdict = judge([task("pending", error="no suitable node (insufficient resources on 2 nodes)")])
    assert verdict.kind == "unplaceable"
    assert "insufficient resources" in verdict.reason


def test_while_swarm_moves_a_server_it_is_alive(task: Make) -> None:
    """The stock spawner asks for tasks that are wanted as running: at this moment there is none."""
    moving = [task("running", wanted="shutdown", at=1), task("ready", wanted="ready", at=2)]
    assert judge(moving).kind == "starting"


def test_the_newest_task_speaks_for_the_service(task: Make) -> None:
    assert judge([task("running", at=2, node="new"), task("running", at=1, node="old")]).node == "new"


def test_a_service_that_swarm_gave_up_has_failed(task: Make) -> None:
    verdict = judge([task("failed", wanted="shutdown", error="task: non-zero exit (3)", exit_code=3)])
    assert verdict.kind == "failed"
    assert verdict.reason == "task: non-zero exit (3)"


def test_a_server_that_ended_by_itself_has_ended(task: Make) -> None:
    assert judge([task("complete", wanted="shutdown", message="finished")]).kind == "failed"


def test_running_out_of_memory_is_told_in_plain_words(task: Make) -> None:
    verdict = judge([task("failed", wanted="shutdown", error="task: non-zero exit (137)", exit_code=137)])
    assert "more memory" in verdict.reason


def test_files_that_another_server_holds_are_told_in_plain_words(task: Make) -> None:
    verdict = judge([task("failed", wanted="shutdown", error="task: non-zero exit (75)", exit_code=75)])
    assert "still holds your files" in verdict.reason


def test_no_task_at_all() -> None:
    assert judge([]).kind == "none"


def test_a_rejected_task_is_seen_although_swarm_tries_again(task: Make) -> None:
    tasks = [
        task(
            "rejected", wanted="shutdown", error="invalid mount config: bind source path does not exist", at=1
        ),
        task("ready", wanted="ready", at=2),
    ]
    found = rejected(tasks)
    assert found is not None
    assert "bind source path" in found.reason
    assert rejected([task("running")]) is None


def test_containers_are_waited_for_unless_their_node_is_dead(task: Make) -> None:
    tasks = [
        task("running", wanted="shutdown", at=1),
        task("shutdown", wanted="shutdown", at=2),
        task("running", wanted="shutdown", at=3, node="dead"),
        task("pending", wanted="shutdown", at=4, node=""),
    ]
    assert still_there(tasks, {"dead"}) == ["task-1"]
