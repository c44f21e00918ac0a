"""The services that keep the servers' network on the workers, against a Swarm in memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from docker.errors import APIError

from swarm_hub.images import image_label
from swarm_hub.keeper import SERVICE, NetworkHolder, images_in_use, let_move

OLD, NEW = "notebook:1", "notebook:2"


def worker(*images: str, state: str = "ready", availability: str = "active") -> dict[str, Any]:
    labels = {image_label(image): "true" for image in images} | {"chef-hub.ready": "true"}
    spec = {"Role": "worker", "Availability": availability, "Labels": labels}
    return {"Spec": spec, "Status": {"State": state}}


class Engine:
    """An engine's services and nodes, and what was done to them."""

    def __init__(self, *nodes: dict[str, Any]) -> None:
        self.there: dict[str, dict[str, Any]] = {}
        self.nodes_there = list(nodes)
        self.done: list[str] = []

    def services(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        name, (key, _, value) = filters.get("name", ""), filters.get("label", "").partition("=")
        return [
            {
                "ID": one,
                "Spec": {
                    "Name": one,
                    "Labels": service["labels"],
                    "TaskTemplate": service.get("task_template", {}),
                },
            }
            for one, service in self.there.items()
            if one.startswith(name) and (not key or (service["labels"] or {}).get(key) == value)
        ]

    def nodes(self) -> list[dict[str, Any]]:
        return self.nodes_there

    def create_service(self, *, name: str, **arguments: Any) -> dict[str, str]:
        assert name not in self.there
        self.there[name] = arguments
        self.done.append("created")
        return {"ID": name}

    def remove_service(self, name: str) -> None:
        del self.there[name]
        self.done.append("removed")

    def images(self) -> list[str]:
        return [
            service["task_template"]["ContainerSpec"]["Image"]
            for service in self.there.values()
            if "task_template" in service
        ]


def test_the_service_is_created_once() -> None:
    engine = Engine(worker(OLD))
    for _ in range(2):
        NetworkHolder(engine, image=OLD, network="chef-hub").hold()
    assert engine.done == ["created"]


def test_the_old_image_keeps_the_network_until_every_worker_has_the_new_one() -> None:
    engine = Engine(worker(OLD), worker(OLD, NEW), worker(OLD, state="down"))
    NetworkHolder(engine, image=OLD, network="chef-hub").hold()
    for _ in range(2):
        NetworkHolder(engine, image=NEW, network="chef-hub").hold()
    assert engine.images() == [OLD, NEW]
    engine.nodes_there[0] = worker(OLD, NEW, availability="pause")
    NetworkHolder(engine, image=NEW, network="chef-hub").hold()
    assert engine.images() == [NEW]


def test_the_service_of_an_older_version_stays_as_long_as_its_image_is_needed() -> None:
    engine = Engine(worker())  # not labelled yet
    engine.there[SERVICE] = {"labels": {"chef-hub.kind": "network", "chef-hub.image": OLD}}
    NetworkHolder(engine, image=NEW, network="chef-hub").hold()
    assert SERVICE in engine.there
    engine.nodes_there = [worker(OLD, NEW)]
    NetworkHolder(engine, image=NEW, network="chef-hub").hold()
    assert SERVICE not in engine.there


def test_another_network_replaces_it() -> None:
    engine = Engine(worker())
    NetworkHolder(engine, image=OLD, network="chef-hub").hold()
    NetworkHolder(engine, image=OLD, network="another").hold()
    assert engine.done == ["created", "removed", "created"]
    (service,) = engine.there.values()
    assert service["task_template"]["Networks"] == [{"Target": "another"}]


def test_it_is_on_each_worker_with_the_image_and_takes_nothing_from_users() -> None:
    engine = Engine()
    NetworkHolder(engine, image=OLD, network="chef-hub").hold()
    (service,) = engine.there.values()
    task = service["task_template"]
    assert service["mode"] == {"global": {}}
    # Neither a notebook for admission nor for the culler
    assert service["labels"]["chef-hub.kind"] == "network"
    assert task["Placement"]["Constraints"] == ["node.role==worker", f"node.labels.{image_label(OLD)}==true"]
    assert not task["Resources"].get("Reservations")
    container = task["ContainerSpec"]
    assert (container["User"], container["ReadOnly"]) == ("65534:65534", True)
    assert container["CapabilityDrop"] == ["ALL"]
    assert "Mounts" not in container


def test_the_swarm_shows_which_images_the_hub_has_used() -> None:
    engine = Engine()
    NetworkHolder(engine, image=OLD, network="chef-hub").hold()
    engine.there["notebook-ada"] = {
        "labels": {"chef-hub.kind": "notebook"},
        "task_template": {"ContainerSpec": {"Image": "notebook:0"}},
    }
    assert images_in_use(engine) == [OLD, "notebook:0"]


def test_a_hub_starts_although_the_swarm_does_not_answer(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def services(self, filters: dict[str, str]) -> list[Any]:
            raise APIError(f"no answer to {filters}")

    assert images_in_use(Broken()) == []
    assert "the images in use cannot be read" in caplog.text


def test_a_server_that_has_long_begun_is_no_longer_bound_to_one_worker() -> None:
    now = datetime.now(UTC)

    def notebook(name: str, age: int, *constraints: str) -> dict[str, Any]:
        spec = {"Name": name, "TaskTemplate": {"Placement": {"Constraints": [*constraints]}}}
        created = (now - timedelta(seconds=age)).isoformat().replace("+00:00", "000Z")
        return {"ID": name, "CreatedAt": created, "Version": {"Index": 3}, "Spec": spec}

    class Bound:
        def __init__(self) -> None:
            self.updated: list[tuple[str, int, Any]] = []

        def services(self, filters: dict[str, str]) -> list[dict[str, Any]]:
            assert filters == {"label": "chef-hub.kind=notebook"}
            return [
                notebook("starts", 5, "node.role==worker", "node.id==a"),
                notebook("left", 500, "node.role==worker", "node.id==a"),
                notebook("free", 500, "node.role==worker"),
            ]

        def update_service(self, service: str, version: int, *, task_template: Any, **_: Any) -> None:
            self.updated.append((service, version, task_template["Placement"]["Constraints"]))

    engine = Bound()
    let_move(engine)
    assert engine.updated == [("left", 3, ["node.role==worker"])]
