"""The service that keeps the servers' network on the workers, against services in memory."""

from typing import Any

import pytest
from docker.errors import NotFound

from swarm_hub.network_holder import SERVICE, NetworkHolder


class Engine:
    """An engine's services, and what was done to them."""

    def __init__(self) -> None:
        self.there: dict[str, dict[str, Any]] = {}
        self.done: list[str] = []

    def inspect_service(self, name: str) -> dict[str, Any]:
        if name not in self.there:
            raise NotFound("no such service")
        return {"Spec": {"Labels": self.there[name]["labels"]}}

    def create_service(self, *, name: str, **arguments: Any) -> dict[str, str]:
        assert name not in self.there
        self.there[name] = arguments
        self.done.append("created")
        return {"ID": name}

    def remove_service(self, name: str) -> None:
        del self.there[name]
        self.done.append("removed")


@pytest.fixture
def engine() -> Engine:
    return Engine()


def test_the_service_is_created_once(engine: Engine) -> None:
    for _ in range(2):
        NetworkHolder(engine, image="notebook:1", network="chef-hub").hold()
    assert engine.done == ["created"]


@pytest.mark.parametrize(("image", "network"), [("notebook:2", "chef-hub"), ("notebook:1", "another")])
def test_another_image_or_network_replaces_it(engine: Engine, image: str, network: str) -> None:
    NetworkHolder(engine, image="notebook:1", network="chef-hub").hold()
    NetworkHolder(engine, image=image, network=network).hold()
    assert engine.done == ["created", "removed", "created"]
    task = engine.there[SERVICE]["task_template"]
    assert task["ContainerSpec"]["Image"] == image
    assert task["Networks"] == [{"Target": network}]


def test_a_service_that_somebody_made_by_hand_is_replaced(engine: Engine) -> None:
    engine.there[SERVICE] = {"labels": None}
    NetworkHolder(engine, image="notebook:1", network="chef-hub").hold()
    assert engine.done == ["removed", "created"]


def test_it_is_on_each_worker_that_takes_users_and_takes_nothing_from_them(engine: Engine) -> None:
    NetworkHolder(engine, image="notebook:1", network="chef-hub").hold()
    service = engine.there[SERVICE]
    task = service["task_template"]
    assert service["mode"] == {"global": {}}
    assert (
        service["labels"]["chef-hub.kind"] == "network"
    )  # neither a notebook for admission nor for the culler
    assert task["Placement"]["Constraints"] == ["node.role==worker", "node.labels.chef-hub.ready==true"]
    assert not task["Resources"].get("Reservations")
    container = task["ContainerSpec"]
    assert (container["User"], container["ReadOnly"]) == ("65534:65534", True)
    assert container["CapabilityDrop"] == ["ALL"]
    assert "Mounts" not in container
