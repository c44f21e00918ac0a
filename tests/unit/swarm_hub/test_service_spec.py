import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from docker.types import Mount

from swarm_hub.service_spec import NotebookService, OperatorAdditions, create_arguments
from tests.support.waiting import PATIENCE, wait_until

GIB = 1024**3


def made(additions: OperatorAdditions | None = None) -> dict[str, Any]:
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
            additions=additions or OperatorAdditions(),
        )
    )


@pytest.fixture
def service() -> dict[str, Any]:
    return made()


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


def test_without_additions_a_service_is_what_it_was_before_there_were_any(service: dict[str, Any]) -> None:
    """Character for character: a hub of a new release makes the services that the one before made."""
    task = {
        "ContainerSpec": {
            "Image": "chef-hub/notebook:latest",
            "Command": None,
            "Args": [
                *("flock", "--no-fork", "--wait", "90", "--conflict-exit-code", "75"),
                *("/home/jovyan/.server.lock", "jupyterhub-singleuser"),
            ],
            "Hostname": "notebook",
            "Env": ["JUPYTERHUB_USER=ada"],
            "Dir": "/home/jovyan",
            "User": "1000:100",
            "StopGracePeriod": 10_000_000_000,
            "Labels": {"chef-hub.kind": "notebook", "chef-hub.user": "ada"},
            "Mounts": [
                {
                    "Target": "/home/jovyan",
                    "Source": "/mnt/chef-hub/users/ada",
                    "Type": "bind",
                    "ReadOnly": False,
                },
                {
                    "Target": "/datasets",
                    "Source": "/mnt/chef-hub/datasets",
                    "Type": "bind",
                    "ReadOnly": True,
                },
            ],
            "Healthcheck": {"test": ["NONE"]},
            "Init": True,
            "CapabilityDrop": ["ALL"],
        },
        "Resources": {
            "Limits": {"NanoCPUs": 1_500_000_000, "MemoryBytes": 2 * GIB, "Pids": 4096},
            "Reservations": {"MemoryBytes": 2 * GIB},
        },
        "RestartPolicy": {
            "Condition": "on-failure",
            "Delay": 1_000_000_000,
            "MaxAttempts": 3,
            "Window": 600_000_000_000,
        },
        "Placement": {"Constraints": ["node.role==worker", "node.labels.chef-hub.image-cc3bad1a7c41==true"]},
        "Networks": [{"Target": "chef-hub"}],
    }
    assert json.dumps(service) == json.dumps(
        {
            "task_template": task,
            "name": "notebook-ada",
            "labels": {"chef-hub.kind": "notebook", "chef-hub.user": "ada"},
            "endpoint_spec": {"Mode": "dnsrr"},
        }
    )


def test_additions_come_beside_what_the_hub_makes(service: dict[str, Any]) -> None:
    added = made(
        OperatorAdditions(
            mounts=[Mount(target="/groups", source="/mnt/chef-hub/groups", type="bind")],
            labels={"team": "a", "chef-hub.user": "bob"},
            container={
                "labels": {"team": "b", "chef-hub.user": "bob"},
                "hostname": "lab",
                "hosts": {"db": "10.0.0.5"},
            },
            resources={"generic_resources": {"gpu": 1}},
            placement={
                "constraints": ["node.labels.gpu==true"],
                "preferences": [("spread", "node.labels.zone")],
            },
            task={"log_driver": {"Name": "journald"}},
        )
    )
    task, before = added["task_template"], service["task_template"]
    container = task["ContainerSpec"]
    assert [mount["Target"] for mount in container["Mounts"]] == ["/home/jovyan", "/datasets", "/groups"]
    assert added["labels"] == {"team": "a", **service["labels"]}
    assert container["Labels"] == {"team": "b", **service["labels"]}
    assert (container["Hostname"], container["Hosts"]) == ("lab", ["10.0.0.5 db"])
    assert task["Placement"]["Constraints"] == [*before["Placement"]["Constraints"], "node.labels.gpu==true"]
    assert task["Placement"]["Preferences"] == [{"Spread": {"SpreadDescriptor": "node.labels.zone"}}]
    assert task["Resources"]["Limits"] == before["Resources"]["Limits"]
    assert task["Resources"]["Reservations"]["MemoryBytes"] == 2 * GIB
    assert task["Resources"]["Reservations"]["GenericResources"]
    assert task["LogDriver"] == {"Name": "journald"}
    assert container["CapabilityDrop"] == ["ALL"]
    assert task["Networks"] == before["Networks"]
