"""Settings, a Swarm in memory, a whole hub's configuration and a PostgreSQL, for the hub's unit tests."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from hub_common.settings import Secrets
from swarm_hub.settings import check_settings
from tests.support.real_hub import PASSWORD, World, local
from tests.support.swarm_in_memory import MemorySwarm, configure_near

PROJECT = Path(__file__).resolve().parents[2]
GIB = 1024**3


@pytest.fixture
def document() -> dict[str, Any]:
    """The file that Chef writes, as the cookbook's library makes it from the contract's golden document."""
    contract = json.loads((PROJECT / "cookbooks/contract/golden.json").read_text(encoding="utf-8"))[
        "chef_hub"
    ]
    mount_point = contract["efs"]["mount_point"]
    return {
        "region": contract["region"],
        "hub_hostname": contract["hub_hostname"],
        "autoscaling_group": contract["autoscaling_group"],
        "parameter_prefix": contract["parameter_prefix"],
        "hub": contract["hub"],
        "network": "chef-hub",
        "shared_folder": mount_point,
        "users_folder": f"{mount_point}/users",
        "state_folder": "/var/lib/jupyterhub",
    }


@pytest.fixture
def task() -> Callable[..., dict[str, Any]]:
    """Return ``task(state, ...)``: a task as the engine describes it."""

    def make(
        state: str,
        *,
        wanted: str = "running",
        error: str = "",
        message: str = "",
        at: int = 0,
        node: str = "node-1",
        service: str = "service-1",
        exit_code: int | None = None,
        memory: int = 0,
    ) -> dict[str, Any]:
        status: dict[str, Any] = {"State": state, "Message": message}
        if error:
            status["Err"] = error
        if exit_code is not None:
            status["ContainerStatus"] = {"ExitCode": exit_code}
        return {
            "ID": f"task-{at}",
            "CreatedAt": f"2026-01-01T00:00:{at:02}.000000000Z",
            "DesiredState": wanted,
            "NodeID": node,
            "ServiceID": service,
            "Status": status,
            "Spec": {"Resources": {"Reservations": {"MemoryBytes": memory}}},
        }

    return make


@pytest.fixture
def swarm() -> MemorySwarm:
    return MemorySwarm()


@pytest.fixture
def configured(document: dict[str, Any], tmp_path: Path, swarm: MemorySwarm) -> Callable[..., Config]:
    """Return ``configured(world, **login)``: the hub's configuration with a test login."""
    users = tmp_path / "shared/users"
    users.mkdir(parents=True)

    def make(there: World, **login: Any) -> Config:
        document["hub"]["login"] = {"authenticator": "test", "allow_test_login": True, **login}
        document["hub_hostname"] = "hub.test"
        document["state_folder"] = str(tmp_path)
        document.update(shared_folder=f"{tmp_path}/shared", users_folder=str(users))
        settings = check_settings(document)
        config = Config()
        configure_near(config, settings, Secrets(test_password=PASSWORD), swarm)
        local(config, there, tmp_path)
        return config

    return make


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Any]:
    from tests.support.postgresql import postgresql_server  # for those few who have one

    with postgresql_server() as server:
        yield server
