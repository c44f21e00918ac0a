"""What the workers' programs do in a warm pool, and when a worker comes out of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cookbooks.program_host import IMAGE, PREFIX, TOKEN, Host

LEADER, OWN = "10.30.0.5", "10.30.0.77"


@pytest.fixture
def settings(host: Host, tmp_path: Path) -> dict[str, str]:
    host.put("parameters", {f"{PREFIX}/swarm/worker-token": {"Type": "SecureString", "Value": TOKEN}})
    host.put("services", {"srv-1": {"swarm_svc_master": {"AWS_INSTANCE_IPV4": LEADER}}})
    return {
        "SWARM_SERVICE": "srv-1",
        "SWARM_CLUSTER_FILE": str(tmp_path / "chef-hub/swarm-cluster"),
        "ADVERTISE_ADDRESS": OWN,
        "CHEF_HUB_JOIN_SECONDS": "2",
    }


def swarm(host: Host) -> Any:
    return host.get("swarm")


def test_in_the_pool_a_worker_pulls_and_offers_nothing(host: Host, tmp_path: Path) -> None:
    pooled = tmp_path / "pooled"
    pooled.touch()
    assert host.run("offer-worker", CHEF_HUB_POOLED_FILE=str(pooled)).returncode == 0
    assert host.get("images") == [IMAGE]
    assert f"{PREFIX}/worker-i-1/images" not in host.get("parameters")
    pooled.unlink()
    assert host.run("offer-worker", CHEF_HUB_POOLED_FILE=str(pooled)).returncode == 0
    assert f"{PREFIX}/worker-i-1/images" in host.get("parameters")


def test_in_the_pool_an_image_that_cannot_be_pulled_is_told(host: Host, tmp_path: Path) -> None:
    pooled = tmp_path / "pooled"
    pooled.touch()
    host.put("missing-images", [IMAGE])
    result = host.run("offer-worker", CHEF_HUB_POOLED_FILE=str(pooled), CHEF_HUB_PULL_SECONDS="1")
    assert result.returncode == 1
    assert f"{IMAGE} is not here, and cannot be pulled" in result.stderr


def test_a_worker_joins_the_swarm_that_is_published_and_never_shows_the_token(
    host: Host, settings: dict[str, str]
) -> None:
    result = host.run("join-swarm", **settings)
    assert result.returncode == 0, result.stderr
    assert swarm(host)["LocalNodeState"] == "active"
    assert swarm(host)["RemoteManagers"][0]["Addr"] == f"{LEADER}:2377"
    assert Path(settings["SWARM_CLUSTER_FILE"]).read_text() == "a" * 49 + "\n"
    assert not [call for call in host.calls() if TOKEN in " ".join(call)]
    assert "SWMTKN" not in result.stdout + result.stderr


def test_a_membership_of_before_is_left_first(host: Host, settings: dict[str, str]) -> None:
    expired = {"LocalNodeState": "error", "ControlAvailable": False, "NodeID": "old", "RemoteManagers": None}
    host.put("swarm", {**expired, "Error": "certificate has expired"})
    assert host.run("join-swarm", **settings).returncode == 0
    assert ["docker", "swarm", "leave", "--force"] in [call[:4] for call in host.calls()]
    assert swarm(host)["NodeID"] == "worker"


def test_a_token_that_is_refused_ends_at_the_deadline_with_the_engines_words(
    host: Host, settings: dict[str, str]
) -> None:
    host.put("accepted-token", TOKEN.replace("b" * 25, "c" * 25))
    result = host.run("join-swarm", **settings)
    assert result.returncode == 1
    assert "invalid join token" in result.stderr
    assert "this worker is in no Swarm" in result.stderr
    assert not Path(settings["SWARM_CLUSTER_FILE"]).exists()


def test_what_is_no_token_is_told(host: Host, settings: dict[str, str]) -> None:
    host.put("parameters", {f"{PREFIX}/swarm/worker-token": {"Type": "SecureString", "Value": "secret"}})
    result = host.run("join-swarm", **settings)
    assert result.returncode == 1
    assert "is no join token" in result.stderr
    assert "secret" not in result.stderr


def test_nothing_of_its_users_stays_on_a_worker_that_goes_to_the_pool(host: Host, tmp_path: Path) -> None:
    images, cluster = tmp_path / "images", tmp_path / "swarm-cluster"
    images.mkdir()
    (images / "notebook").write_text(f"{IMAGE}\n")
    cluster.write_text("a" * 49)
    host.put("containers", ["c1", "c2"])
    host.put("volumes", ["forgotten"])
    host.put("parameters", {f"{PREFIX}/worker-i-1/images": {"Type": "String", "Value": "{}"}})
    settings = {"STATE_DIRECTORY": str(images), "SWARM_CLUSTER_FILE": str(cluster)}
    for _ in range(2):  # the second time there is nothing to take away
        result = host.run("clear-worker", **settings)
        assert result.returncode == 0, result.stderr
    assert host.get("containers") == host.get("volumes") == []
    assert not cluster.exists()
    assert (images / "notebook").read_text() == ""
    offered = json.loads(host.get("parameters")[f"{PREFIX}/worker-i-1/images"]["Value"])
    assert offered == {"images": [], "failed": None}
