"""What the first boot writes, and what the image holds."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab_hub.settings import MachineImage


@pytest.fixture(autouse=True)
def _pages_of_jupyterhub(monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyterhub.handlers.base import BaseHandler

    monkeypatch.setattr(
        BaseHandler, "prepare", BaseHandler.prepare
    )  # put back after a configuration changed it


@pytest.fixture
def document() -> dict[str, Any]:
    """instance.json, as the stack's first boot writes it."""
    return {
        "region": "us-east-1",
        "domain": "lab.example.test",
        "hub_port": 8000,
        "autoscaling_group": "aws-lab",
        "lifecycle_hook": None,
        "launching_hook": None,
        "drain_timeout_seconds": 1800,
        "idle_timeout_seconds": 3600,
        "metric": {"namespace": "JupyterHub/Lab", "name": "UserSessions"},
        "session_activity_minutes": 0,
        "user_memory_gib": 1.5,
        "spare": {"spare_places": 0, "policy": "aws-lab-spare-up"},
        "parameter_prefix": "/jupyterhub/aws-lab",
        "log_group": None,
        "homes": {"file_system_id": "fs-0123456789abcdef0", "mount_point": "/srv/jupyterhub/homes"},
        "hub": {
            "user_cpus": 1,
            "user_disk_gib": 20,
            "idle_timeout_minutes": 60,
            "login": {"authenticator": "none"},
        },
    }


@pytest.fixture
def image() -> MachineImage:
    return MachineImage(
        notebook_image="jupyterhub-lab/notebook:latest",
        network="jupyterhub-lab",
        bridge="br-lab",
        subnet="100.96.0.0/20",
        gateway="100.96.0.1",
    )


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Any]:
    from tests.support.postgresql import postgresql_server  # for those few who have one

    with postgresql_server() as server:
        yield server
