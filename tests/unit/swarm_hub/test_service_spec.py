import subprocess
from pathlib import Path
from typing import Any

import pytest

from swarm_hub.service_spec import NotebookService, create_arguments
from tests.support.waiting import PATIENCE, wait_until

GIB = 1024**3


@pytest.fixture
def service() -> dict[str, Any]:
    return create_arguments(
        NotebookService(
            name="notebook-ada",
            user="ada",
            image="chef-hub/notebook:latest",
            command=["jupyterhub-singleuser"],
            environment={"JUPYTERHUB_USER": "ada"},
            directory=Path("/mnt/chef-hub/users/ada"),
            datasets=Path("/mnt/chef-hub/datasets"),
            network="chef-hub",
            memory=2 * GIB,
            cpus=1.5,
        )
    )


def test_what_is_promised_is_what_is_allowed(service: dict[str, Any]) -> None:
    resources = service["task_template"]["Resources"]
    assert resources["Limits"] == {"MemoryBytes": 2 * GIB, "NanoCPUs": 1_500_000_000, "Pids": 4096}
    assert resources["Reservations"] == {"MemoryBytes": 2 * GIB}


def test_servers_run_on_workers_that_hold_their_image(service: dict[str, Any]) -> None:
    constraints = service["task_template"]["Placement"]["Constraints"]
    # printf %s chef-hub/notebook:latest | sha256sum | cut -c1-12
    assert constraints == ["node.role==worker", "node.labels.chef-hub.image-cc3bad1a7c41==true"]


def test_only_the_users_own_files_are_mounted_for_writing(service: dict[str, Any]) -> None:
    mounts = service["task_template"]["ContainerSpec"]["Mounts"]
    writable = [mount["Source"] for mount in mounts if not mount.get("ReadOnly")]
    assert writable == ["/mnt/chef-hub/users/ada"]
    assert {mount["Type"] for mount in mounts} == {"bind"}


def test_the_container_has_no_powers(service: dict[str, Any]) -> None:
    container = service["task_template"]["ContainerSpec"]
    assert container["User"] == "1000:100"
    assert container["CapabilityDrop"] == ["ALL"]
    assert container["Init"] is True


def test_names_lead_to_the_container_itself(service: dict[str, Any]) -> None:
    assert service["endpoint_spec"] == {"Mode": "dnsrr"}
    assert service["task_template"]["Networks"] == [{"Target": "chef-hub"}]


def test_a_failing_server_is_not_started_for_ever(service: dict[str, Any]) -> None:
    policy = service["task_template"]["RestartPolicy"]
    assert policy["Condition"] == "on-failure"
    assert policy["MaxAttempts"] == 3


def test_a_server_waits_until_no_other_holds_the_files(service: dict[str, Any], tmp_path: Path) -> None:
    """The very command line, with another path and patience."""
    arguments = service["task_template"]["ContainerSpec"]["Args"]
    assert arguments[-1] == "jupyterhub-singleuser"
    lock = tmp_path / "lock"
    command = [str(lock) if word == "/home/jovyan/.server.lock" else word for word in arguments[:-1]]
    command[command.index("--wait") + 1] = "0.1"
    with subprocess.Popen([*command, "sleep", "600"]) as first:
        try:
            name = Path(f"/proc/{first.pid}/comm")
            wait_until(
                lambda: name.read_text(encoding="utf-8").strip() == "sleep", "the first server's start"
            )
            second = subprocess.run([*command, "true"], check=False, timeout=PATIENCE)
            assert second.returncode == 75
        finally:
            first.kill()
    assert subprocess.run([*command, "true"], check=False, timeout=PATIENCE).returncode == 0
