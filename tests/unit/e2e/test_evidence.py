"""A test that fails on a cluster shows what the cluster says, even where it no longer answers."""

from types import SimpleNamespace
from typing import Any

from hubctl.core.errors import HubctlError
from tests.e2e.evidence import LEADER_LINES, QUESTIONS, WORKER_LINES, evidence


class Host:
    """A host that answers, or does not."""

    def __init__(self, name: str, *, runs: bool = True, broken: bool = False) -> None:
        self.name = name
        self._runs = runs
        self._broken = broken

    def running(self) -> bool:
        return self._runs

    def run(self, *command: str) -> str:
        if self._broken:
            raise HubctlError("the engine is gone", remedy="Start it.")
        return f"answer to {command[0]}"

    def log_tail(self, lines: int) -> str:
        return f"{lines} lines"


def cluster(leader: Host | None) -> Any:
    known = {"leader": leader} if leader else {}
    return SimpleNamespace(workers=[Host("worker-1")], **known)


def test_the_swarm_and_the_logs_are_shown() -> None:
    *answers, leader, worker = evidence(cluster(Host("leader")))
    assert [text for _, text in answers] == [f"answer to {question[0]}" for question in QUESTIONS]
    assert leader == ("log of leader", f"{LEADER_LINES} lines")
    assert worker == ("log of worker-1", f"{WORKER_LINES} lines")


def test_a_leader_that_does_not_answer_hides_nothing_else() -> None:
    *answers, leader, worker = evidence(cluster(Host("leader", broken=True)))
    assert {text for _, text in answers} == {"no answer: the engine is gone"}
    assert [leader[0], worker[0]] == ["log of leader", "log of worker-1"]
    assert [title for title, _ in evidence(cluster(Host("leader", runs=False)))] == [leader[0], worker[0]]


def test_a_cluster_that_did_not_come_up_has_nothing_to_show() -> None:
    assert evidence(cluster(None)) == []
