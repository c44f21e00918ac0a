"""Settings, and a Swarm in memory, for the hub's unit tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[3]
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
