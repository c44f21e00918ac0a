"""The containers' network, and which containers are users' servers."""

from typing import Any

import pytest
from docker.errors import APIError

from lab_hub.containers import Containers, NetworkError, make_network
from lab_hub.settings import MachineImage
from tests.support.lab_engine import Labelled, Networks


def test_the_network_is_made_once_and_again_when_it_differs(image: MachineImage) -> None:
    engine = Networks()
    engine.create_network("not-jupyterhub-lab", driver="", options={}, ipam={"Config": []})
    make_network(engine, image)
    make_network(engine, image)
    made = engine.made["jupyterhub-lab"]
    assert made["IPAM"]["Config"][0]["Gateway"] == "100.96.0.1"
    assert made["Options"]["com.docker.network.bridge.enable_icc"] == "false"
    make_network(engine, image.model_copy(update={"subnet": "10.9.0.0/24", "gateway": "10.9.0.1"}))
    assert engine.calls[1:] == ["create jupyterhub-lab", "remove jupyterhub-lab", "create jupyterhub-lab"]


def test_an_engine_that_refuses_is_named(image: MachineImage) -> None:
    engine = Networks()

    def refuse(**_: Any) -> list[dict[str, Any]]:
        raise APIError("out of addresses")

    engine.networks = refuse  # type: ignore[method-assign]
    with pytest.raises(NetworkError, match="jupyterhub-lab: out of addresses"):
        make_network(engine, image, patience=0)


def test_servers_that_an_earlier_release_has_started_are_seen_too() -> None:
    """They carry the Chef hub's label: unseen, their places would be given away."""
    engine = Labelled({"jupyterhub-lab.kind=notebook": ["/new"], "chef-hub.kind=notebook": ["/old"]})
    assert Containers(engine).names() == {"new", "old"}
