"""Runs of the agent on an instance in service."""

import json
from typing import Any

import pytest

from session_agent.aws import ScalingGroup
from tests.support.ports import silent_port


def test_sessions_are_published_and_protected_until_the_last_one_ends(lab: Any) -> None:
    assert lab.run() == 0
    assert (lab.protected, lab.published()) == (False, [0.0])
    for number in range(7):  # more than a page
        lab.hub.log_in(f"user-{number}")
    assert lab.run() == 0
    assert (lab.protected, lab.published()) == (True, [7.0])
    lab.hub.users.clear()
    assert lab.run() == 0
    assert not lab.protected
    assert not lab.drain_flag.exists()


def test_how_much_of_the_disk_limit_is_used_is_published_as_the_hub_reckons_it(lab: Any) -> None:
    lab.hub.metrics = "lab_hub_disk_limit_percent 81.25\nlab_hub_disk_limit_percentile 3\nother 1.0\n"
    assert lab.run() == 0
    assert lab.published("DiskLimitPercent") == [81.25]
    assert lab.published() == [0.0]


@pytest.mark.parametrize(
    "shown", ["lab_hub_disk_limit_percent NaN\n", "other 1.0\n", "lab_hub_disk_limit_percent\n"]
)
def test_without_a_disk_limit_sessions_are_published_all_the_same(lab: Any, shown: str) -> None:
    lab.hub.metrics = shown
    lab.hub.log_in("user")
    assert lab.run() == 0
    assert (lab.published("DiskLimitPercent"), lab.published()) == ([], [1.0])


def test_only_sessions_with_activity_count_when_the_setting_says_so(lab: Any) -> None:
    lab.settings["session_activity_minutes"] = 30
    lab.hub.log_in("busy", idle_minutes=2)
    lab.hub.log_in("idle", idle_minutes=45)
    lab.hub.log_in("new", idle_minutes=None)
    lab.hub.log_in("gone", stopped=True)
    assert lab.run() == 0
    assert lab.published() == [2.0]
    assert lab.protected


def test_an_idle_session_is_protected_too(lab: Any) -> None:
    lab.settings["session_activity_minutes"] = 30
    lab.hub.log_in("idle", idle_minutes=45)
    assert lab.run() == 0
    assert lab.published() == [0.0]
    assert lab.protected


@pytest.mark.parametrize(
    "broken", [(503, "starting"), (200, "not json"), (200, '{"items": [{}]}'), (403, "{}")]
)
def test_a_hub_that_does_not_answer_is_not_taken_for_an_empty_one(
    lab: Any, broken: tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    lab.hub.log_in("user")
    lab.run()
    lab.hub.broken = broken
    assert lab.run() == 0
    assert lab.protected
    assert lab.published() == [1.0]
    assert "the hub does not say who works here" in caplog.text


def test_a_hub_that_is_not_there_at_all(lab: Any, caplog: pytest.LogCaptureFixture) -> None:
    with silent_port() as port:
        lab.hub.url = f"http://127.0.0.1:{port}"
        assert lab.run() == 0
    assert lab.published() == []
    assert "Connection refused" in caplog.text


def test_after_a_jump_of_the_clock_every_running_session_counts(
    lab: Any, caplog: pytest.LogCaptureFixture
) -> None:
    lab.settings["session_activity_minutes"] = 30
    lab.hub.log_in("idle", idle_minutes=45)
    lab.run()
    memory = json.loads(lab.memory.read_text())
    memory["last"]["wall"] -= 3600  # the clock was put forward by an hour
    lab.memory.write_text(json.dumps(memory))
    assert lab.run() == 0
    assert "the clock was set by +3600 s" in caplog.text
    assert lab.published() == [1.0]
    assert lab.run() == 0  # a minute later the doubt remains
    assert caplog.text.count("the clock was set") == 1


def test_a_broken_memory_is_forgotten(lab: Any) -> None:
    lab.memory.parent.mkdir()
    lab.memory.write_text("{")
    assert lab.run() == 0
    assert json.loads(lab.memory.read_text())["last"]["uptime"] > 0


def test_protection_is_only_set_when_it_changes(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bool] = []
    original = ScalingGroup.protect

    def counted(self: ScalingGroup, *, on: bool) -> None:
        calls.append(on)
        original(self, on=on)

    monkeypatch.setattr(ScalingGroup, "protect", counted)
    lab.hub.log_in("user")
    for _ in range(3):
        lab.run()
    lab.hub.users.clear()
    for _ in range(2):
        lab.run()
    assert calls == [True, False]


def test_an_instance_outside_of_a_group_says_so(lab: Any, caplog: pytest.LogCaptureFixture) -> None:
    lab.metadata.values["instance-id"] = "i-0123456789abcdef0"
    assert lab.run() == 0
    assert "in no auto scaling group" in caplog.text


def test_without_metadata_nothing_is_done(lab: Any, caplog: pytest.LogCaptureFixture) -> None:
    lab.metadata.values.clear()
    assert lab.run() == 1
    assert "who this instance is" in caplog.text
    assert lab.hub.requests == []


def test_without_a_token_nothing_is_done(lab: Any, caplog: pytest.LogCaptureFixture) -> None:
    (lab.folder / "token").unlink()
    assert lab.run() == 2
    assert "the hub's token cannot be read" in caplog.text


def test_the_metadata_service_is_only_asked_with_a_session_token(lab: Any) -> None:
    lab.run()
    assert lab.metadata.requests[0] == "PUT /latest/api/token"


def test_free_places_of_the_group_are_published(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_MEMORY_GIB", "10")
    lab.settings["user_memory_gib"] = 1.5
    for name in ("ada", "grace"):
        lab.hub.log_in(name)
    assert lab.run() == 0
    assert lab.published("FreePlaces") == [4.0]  # six places, one instance in service
    lab.autoscaling.set_desired_capacity(AutoScalingGroupName=lab.name, DesiredCapacity=2)
    assert lab.run() == 0
    assert lab.published("FreePlaces") == [8.0]  # as if the other had as many: the average is that of both


def test_an_instance_with_more_users_than_places_has_none_free(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_MEMORY_GIB", "2.5")
    lab.settings["user_memory_gib"] = 1.5
    for name in ("ada", "grace"):
        lab.hub.log_in(name)
    assert lab.run() == 0
    assert lab.published("FreePlaces") == [0.0]


def test_free_places_are_not_published_where_the_size_of_a_server_is_not_known(lab: Any) -> None:
    assert lab.run() == 0
    assert (lab.published("FreePlaces"), lab.published()) == ([], [0.0])


def test_a_closed_instance_has_no_free_places(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_MEMORY_GIB", "10")
    monkeypatch.setattr("session_agent.agent.allow_new_spawns", lambda _flag: None)
    lab.settings["user_memory_gib"] = 1.5
    lab.drain_flag.parent.mkdir(parents=True)
    lab.drain_flag.touch()
    assert lab.run() == 0
    assert lab.published("FreePlaces") == [0.0]
