"""Hosts follow the instances that the local AWS tells of; no host of this test is real."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.pool import PoolView
from hubctl.trial.lab import fleet as fleet_module
from hubctl.trial.lab.fleet import LabFleet
from hubctl.trial.lab.instances import GroupMember, GroupView, LabInstance
from tests.support.waiting import PATIENCE, wait_until


class FakeInstances:
    """An AWS with instances by name; ``broken`` makes it fail."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.states: dict[str, str] = {}
        self.broken = False

    def instances(self) -> dict[str, LabInstance]:
        if self.broken:
            raise ConnectionError("no answer")
        empty = {"zone": "a", "type": "t", "image": "ami", "user_data": "", "role": "r"}
        return {name: LabInstance(id=name, address="198.18.0.9", **empty) for name in self.names}

    def group(self) -> GroupView:
        members = {
            name: GroupMember(
                state=self.states.get(name, "InService"),
                healthy=True,
                protected=False,
                target=PoolView(state="Stopped").target(self.states.get(name, "InService")),
            )
            for name in self.names
        }
        return GroupView(desired=len(self.names), members=members)


class FakeHost:
    """Notes what happens to it; ``boots`` False makes its boot fail."""

    boots = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.said: list[str] = []

    def launch(self) -> None:
        self.said.append("launched")

    def wait_until_ready(self) -> None:
        if not FakeHost.boots:
            raise HubctlError("the engine did not start", remedy="See its log.")

    def stop(self) -> None:
        self.said.append("stopped")

    def kill(self) -> None:
        self.said.append("killed")

    def erase(self) -> None:
        self.said.append("erased")


class FakeMetadata:
    def __init__(self) -> None:
        self.known: set[str] = set()
        self.states: dict[str, str] = {}

    def add(self, instance: LabInstance) -> None:
        self.known.add(instance.id)

    def remove(self, instance: LabInstance) -> None:
        self.known.remove(instance.id)


class Scene:
    def __init__(self) -> None:
        self.aws, self.metadata = FakeInstances(), FakeMetadata()
        self.said: list[str] = []
        self.welcomed: list[str] = []
        self.refuses = 0
        self.fleet = LabFleet(
            self.aws, self.metadata, None, Path("unused"), welcome=self._welcome, tell=self.said.append  # type: ignore[arg-type]
        )  # fmt: skip

    def _welcome(self, instance: LabInstance) -> None:
        if self.refuses:
            self.refuses -= 1
            raise ConnectionError("not now")
        self.welcomed.append(instance.id)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    made: Callable[..., Any] = lambda instance, *_: FakeHost(instance.id)  # noqa: E731
    monkeypatch.setattr(fleet_module, "lab_host", made)
    monkeypatch.setattr(fleet_module, "furnish", lambda *_: None)
    monkeypatch.setattr(fleet_module, "refurnish", lambda host, _: host.said.append("given its image"))
    monkeypatch.setattr(fleet_module, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(FakeHost, "boots", True)
    playing = Scene()
    playing.fleet.start()
    yield playing
    playing.fleet.stop()


def test_hosts_come_and_go_with_their_instances(scene: Scene) -> None:
    scene.aws.names = ["i-1", "i-2"]
    assert sorted(scene.fleet.wait_for_service(2, PATIENCE)) == ["i-1", "i-2"]
    first: Any = scene.fleet.host("i-1")
    scene.aws.states["i-1"] = "Terminating:Wait"
    seen = {"i-1": "Terminated", "i-2": "InService"}
    wait_until(lambda: scene.metadata.states == seen, "that the metadata service tells of the end")
    assert scene.fleet.booted() == ["i-2"]
    assert first.said == ["launched"]
    scene.aws.names = ["i-2"]
    wait_until(lambda: first.said[-1] == "erased", "the end of the host")
    assert list(scene.fleet.hosts) == ["i-2"]
    assert scene.metadata.known == {"i-2"}
    with pytest.raises(HubctlError, match="the instance i-1 has no host"):
        scene.fleet.host("i-1")


def test_a_host_of_the_warm_pool_is_switched_off_and_on_again_with_its_disk(scene: Scene) -> None:
    scene.aws.names, scene.aws.states = ["i-1"], {"i-1": "Warmed:Pending:Wait"}
    wait_until(lambda: scene.metadata.states == {"i-1": "Warmed:Stopped"}, "the target state")
    host: Any = scene.fleet.host("i-1")
    scene.aws.states["i-1"] = "Warmed:Stopped"
    wait_until(lambda: host.said[-1:] == ["stopped"], "the stop")
    assert scene.fleet.booted() == []
    scene.aws.states["i-1"] = "Pending:Wait"
    wait_until(lambda: host.said == ["launched", "stopped", "given its image", "launched"], "the start")
    assert scene.metadata.states == {"i-1": "InService"}
    scene.aws.states["i-1"] = "InService"
    assert scene.fleet.wait_for_service(1, PATIENCE) == ["i-1"]


def test_an_instance_that_could_not_be_welcomed_is_tried_again(scene: Scene) -> None:
    scene.refuses = 2
    scene.aws.names = ["i-1"]
    scene.fleet.wait_for_service(1, PATIENCE)
    assert scene.welcomed == ["i-1"]
    assert sum("not now" in sentence for sentence in scene.said) == 2


def test_an_aws_that_does_not_answer_costs_no_host(scene: Scene) -> None:
    scene.aws.names = ["i-1"]
    scene.fleet.wait_for_service(1, PATIENCE)
    scene.aws.broken = True
    wait_until(lambda: any("no answer" in sentence for sentence in scene.said), "a look that fails")
    assert list(scene.fleet.hosts) == ["i-1"]


def test_a_host_that_does_not_boot_is_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeHost, "boots", False)
    scene.aws.names = ["i-1"]
    with pytest.raises(HubctlError, match="the engine did not start"):
        scene.fleet.wait_for_service(1, PATIENCE)
