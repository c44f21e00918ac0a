"""An instance on its way through the launching hook: into a warm pool, and into service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from session_agent.aws import AwsError, Membership, ScalingGroup
from session_agent.entering import GIVE_UP_SECONDS, INTO_POOL, INTO_SERVICE, WATCH_SECONDS, Entrance
from session_agent.rollout import Record, read_record
from session_agent.sessions import HubError


class Way:
    """What an entrance sees and does. Each pause takes as long as it says, and then the next state is there."""

    def __init__(self, flag: Path, *states: str) -> None:
        self.flag, self.states, self.seconds = flag, list(states), 0.0
        self.silent_for, self.users, self.version = 0.0, ["ada"], "1"
        self.done: list[str] = []
        self.record_of_rollout: Record | None = None
        self.refused = 0
        self.needed_at: float | None = None

    def enter(self, *, waiting: float = 0.0) -> list[str]:
        Entrance(
            hub=self,  # type: ignore[arg-type]
            group=self,  # type: ignore[arg-type]
            metadata=self,  # type: ignore[arg-type]
            parameters=self,  # type: ignore[arg-type]
            flag=self.flag,
            waiting=waiting,
            failed=lambda error: self.done.append(f"failed: {error}"),
            clock=lambda: self.seconds,
            pause=self._pause,
        ).run(Membership(state=self.states[0], protected=False, version=self.version))
        return self.done

    def _pause(self, seconds: float) -> None:
        self.seconds += seconds

    def servers(self) -> list[Any]:
        if self.seconds < self.silent_for:
            raise HubError("silent")
        return []

    def users_seen(self) -> list[str]:
        return self.users

    def forget(self, user: str) -> None:
        self.done.append(f"forgot {user}")

    def restart(self) -> None:
        self.done.append("restarted the hub")
        self.users = []

    def membership(self) -> Membership | None:
        if len(self.states) > 1:
            self.states.pop(0)
        return Membership(state=self.states[0], protected=False, version=self.version)

    def launched(self, *, well: bool) -> None:
        if self.refused:
            self.refused -= 1
            raise AwsError("throttled")
        self.done.append(f"{self.states[0]}: {'went on' if well else 'gave up'}")

    def target_lifecycle_state(self) -> str:
        if self.needed_at is not None and self.seconds >= self.needed_at:
            return "InService"
        return "Warmed:Stopped" if self.states[0].startswith("Warmed:") else "InService"

    def record(self) -> Record | None:
        return self.record_of_rollout


@pytest.fixture
def flag(tmp_path: Path) -> Path:
    return tmp_path / "draining"


def test_into_the_pool_only_without_users_left_behind(flag: Path) -> None:
    way = Way(flag, INTO_POOL, "Warmed:Pending:Proceed", "Warmed:Stopped")
    assert way.enter() == ["forgot ada", "restarted the hub", f"{INTO_POOL}: went on"]


def test_a_new_instance_has_nothing_to_forget_and_its_hub_is_not_restarted(flag: Path) -> None:
    way = Way(flag, INTO_POOL, "Warmed:Stopped")
    way.users = []
    assert way.enter() == [f"{INTO_POOL}: went on"]


def test_into_service_as_soon_as_the_hub_answers_and_takes_users(flag: Path) -> None:
    flag.touch()
    way = Way(flag, "Pending", INTO_SERVICE, "Pending:Proceed", "InService")
    way.silent_for = 12
    assert way.enter() == [f"{INTO_SERVICE}: went on"]
    assert 12 <= way.seconds <= 15
    assert not flag.exists()


def test_a_hibernated_instance_goes_on_in_the_run_that_was_interrupted(flag: Path) -> None:
    way = Way(flag, INTO_POOL, INTO_SERVICE, "InService")
    way.users, way.needed_at = [], 20.0
    assert way.enter() == [f"{INTO_POOL}: went on", f"{INTO_SERVICE}: went on"]
    assert 20 <= way.seconds < 25


def test_a_silent_hub_is_waited_for_over_several_runs_and_then_given_up(flag: Path) -> None:
    way = Way(flag, INTO_SERVICE)
    way.silent_for = 10_000
    assert way.enter() == []
    assert WATCH_SECONDS <= way.seconds < 60
    assert way.enter(waiting=GIVE_UP_SECONDS) == [f"{INTO_SERVICE}: gave up"]


def test_an_instance_whose_users_cannot_be_forgotten_does_not_go_to_the_pool(
    flag: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = Way(flag, INTO_POOL)

    def refuses(_user: str) -> None:
        raise HubError("403")

    monkeypatch.setattr(way, "forget", refuses)
    assert way.enter() == []
    assert way.enter(waiting=GIVE_UP_SECONDS) == [f"{INTO_POOL}: gave up"]


@pytest.mark.parametrize(
    ("version", "state", "done"),
    [
        ("1", "running", "gave up"),
        ("1", "done", "gave up"),
        ("1", "aborted", "went on"),
        ("2", "running", "went on"),
        ("3", "done", "went on"),
    ],
)
def test_one_of_before_a_rollout_gives_way_to_a_newer_one(
    flag: Path, version: str, state: str, done: str
) -> None:
    way = Way(flag, INTO_SERVICE, "InService")
    way.version = version
    record = {"id": "r", "version": "2", "state": state, "started": "2026-12-01T00:00:00Z"}
    way.record_of_rollout = read_record(json.dumps(record))
    assert way.enter() == [f"{INTO_SERVICE}: {done}"]


def test_a_refused_call_is_told_and_tried_again(flag: Path) -> None:
    way = Way(flag, INTO_SERVICE, INTO_SERVICE, "InService")
    way.refused = 1
    assert way.enter() == ["failed: throttled", f"{INTO_SERVICE}: went on"]


@pytest.fixture
def pooled(lab: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return the calls of an instance that the group has in its pool, by the real agent."""
    calls: list[str] = []
    monkeypatch.setattr("session_agent.entering.WATCH_SECONDS", 0.0)
    monkeypatch.setattr(
        ScalingGroup, "membership", lambda _self: Membership(state=INTO_POOL, protected=False)
    )
    monkeypatch.setattr(ScalingGroup, "launched", lambda _self, *, well: calls.append(f"well: {well}"))
    lab.settings["launching_hook"] = "launching"
    return calls


def test_in_the_pool_nothing_is_published_or_protected(lab: Any, pooled: list[str]) -> None:
    lab.hub.log_in("ada", stopped=True)
    assert lab.run() == 0
    assert pooled == ["well: True"]
    assert lab.hub.users == []
    assert "POST /hub/api/shutdown" in lab.hub.requests
    assert (lab.published(), lab.protected) == ([], False)
    assert json.loads(lab.memory.read_text())["entering"] is not None


@pytest.mark.usefixtures("pooled")
def test_without_a_launching_hook_an_instance_in_a_pool_still_counts_nowhere(lab: Any) -> None:
    lab.settings["launching_hook"] = None
    assert lab.run() == 0
    assert lab.hub.requests == []
    assert lab.published() == []


def test_while_aws_does_not_answer_the_metadata_service_tells_that_it_is_in_the_pool(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_self: ScalingGroup) -> None:
        raise AwsError("throttled")

    monkeypatch.setattr(ScalingGroup, "membership", refuses)
    lab.metadata.values["autoscaling/target-lifecycle-state"] = "Warmed:Stopped"
    assert lab.run() == 1
    assert lab.published() == []


def test_what_leaves_service_with_a_pool_forgets_its_users_first(lab: Any) -> None:
    lab.settings["launching_hook"] = "launching"
    lab.run()
    lab.terminate()
    lab.hub.log_in("ada", stopped=True)
    assert lab.run() == 0
    assert lab.hub.users == []
    assert lab.described() == []
