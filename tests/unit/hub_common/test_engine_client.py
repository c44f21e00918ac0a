"""The hubs' clients of Docker: they speak the version of the API that the engine speaks now."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from docker.errors import APIError

import lab_hub.containers
import lab_hub.spawner
import swarm_hub.cluster
from lab_hub.containers import NetworkError, make_network
from lab_hub.settings import MachineImage
from tests.support.docker_engine import StandInEngine
from tests.support.ports import held_port
from tests.support.serving import serving

COOKBOOKS = Path(__file__).resolve().parents[3] / "cookbooks"
OLD, NEW = ("1.12", "1.41"), ("1.44", "1.52")  # 20.10, and 29.1
IMAGE = MachineImage(
    notebook_image="jupyterhub-lab/notebook:latest",
    network="jupyterhub-lab",
    bridge="br-lab",
    subnet="100.96.0.0/20",
    gateway="100.96.0.1",
)


def spawners_client() -> Any:
    services = SimpleNamespace(containers=lab_hub.containers.Containers(lab_hub.containers.connect()))
    return lab_hub.spawner.LabDockerSpawner.client.fget(SimpleNamespace(services=services))


CLIENTS = {
    "lab": lab_hub.containers.connect,
    "spawner of the lab": spawners_client,
    "swarm": swarm_hub.cluster.connect,
}


@pytest.fixture(params=CLIENTS)
def connect(request: pytest.FixtureRequest) -> Callable[[], Any]:
    return CLIENTS[request.param]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInEngine]:
    with serving(StandInEngine(*NEW)) as server:
        monkeypatch.setenv("DOCKER_HOST", server.address)
        yield server


@pytest.mark.parametrize("serves", [OLD, NEW, ("1.55", "1.60")])
def test_old_and_new_engines_are_spoken_to(
    engine: StandInEngine, connect: Callable[[], Any], serves: tuple[str, str]
) -> None:
    engine.serves = serves
    with connect() as client:
        make_network(client, IMAGE, patience=0)
        assert [network["Name"] for network in client.networks()] == ["jupyterhub-lab"]
    assert engine.refused == []


@pytest.mark.parametrize(("before", "after"), [(OLD, NEW), (NEW, OLD)])
def test_an_engine_may_be_upgraded_and_taken_back_under_a_hub_that_runs(
    engine: StandInEngine, connect: Callable[[], Any], before: tuple[str, str], after: tuple[str, str]
) -> None:
    engine.serves = before
    with connect() as client:
        client.networks()
        engine.serves = after
        make_network(client, IMAGE, patience=0)
        client.networks()
    assert len(engine.networks) == 1
    assert len(engine.refused) == 1


def test_an_engine_may_start_after_the_hub(
    connect: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with held_port() as port:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{port}")
        with connect() as client:
            with pytest.raises(requests.ConnectionError):
                client.networks()
            with pytest.raises(NetworkError, match="jupyterhub-lab"):
                make_network(client, IMAGE, patience=0)
            with serving(StandInEngine(*NEW, port)):
                make_network(client, IMAGE)
                client.close()


def test_what_the_engine_refuses_for_another_reason_is_not_sent_twice(
    engine: StandInEngine, connect: Callable[[], Any]
) -> None:
    engine.serves = ("1.60", "1.52")  # whatever is sent, it is too old
    with connect() as client, pytest.raises(APIError, match="Minimum supported API version is"):
        client.networks()
    assert len(engine.refused) == 1


def test_no_program_of_the_nodes_asks_for_one_version_of_dockers_api() -> None:
    pinned = re.compile(r"""(?:\bversion=["']1\.\d+|/v1\.\d+/|\bDOCKER_API_VERSION)""")
    files = [file for file in COOKBOOKS.rglob("*") if file.is_file() and "README" not in file.name]
    assert len(files) > 100
    found = [file for file in files if pinned.search(file.read_text(encoding="utf-8", errors="replace"))]
    assert found == []
