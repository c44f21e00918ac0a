"""Workers of the trial as instances: the program by which they leave, and what the metadata service answers each of them."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.machine import run_command
from hubctl.trial.hosts.metadata_service import MetadataService
from hubctl.trial.swarm import nodes
from hubctl.trial.swarm.account import WorkerInstance, instance_metadata, write_metadata

INSTANCE = WorkerInstance(id="i-0123456789abcdef0", version="2", state="InService")
HERE = "127.0.0.1"
STATE = "/latest/meta-data/autoscaling/target-lifecycle-state"


@pytest.fixture
def metadata_file(tmp_path: Path) -> Path:
    return tmp_path / "instances.json"


@pytest.fixture
def service(metadata_file: Path) -> Iterator[MetadataService]:
    with MetadataService(HERE, metadata_file) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def asked(service: MetadataService, path: str) -> str:
    host, port = service.server_address[:2]
    base = f"http://{host!s}:{port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(f"{base}/latest/api/token", method="PUT")) as answer:
        headers = {"X-aws-ec2-metadata-token": answer.read().decode()}
    with opener.open(urllib.request.Request(base + path, headers=headers)) as answer:
        return str(answer.read().decode())


def test_a_host_sees_its_own_instance_and_its_end(service: MetadataService, metadata_file: Path) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        asked(service, STATE)
    for state, said in (("InService", "InService"), ("Terminating:Wait", "Terminated")):
        instance = WorkerInstance(id=INSTANCE.id, version="2", state=state)
        write_metadata(metadata_file, {HERE: instance_metadata(instance, address=HERE, region="us-east-1")})
        assert asked(service, STATE) == said
    identity = json.loads(asked(service, "/latest/dynamic/instance-identity/document"))
    assert identity == {"region": "us-east-1", "instanceId": INSTANCE.id, "privateIp": HERE}
    write_metadata(
        metadata_file,
        {"198.51.100.9": instance_metadata(INSTANCE, address="198.51.100.9", region="us-east-1")},
    )
    with pytest.raises(urllib.error.HTTPError, match="404"):
        asked(service, STATE)


def test_the_workers_program_is_that_of_the_bootstrap(tmp_path: Path) -> None:
    program = tmp_path / "node.sh"
    program.write_text(nodes.worker_program(), encoding="utf-8")
    assert run_command("bash", "-n", str(program)) == ""
    text = program.read_text(encoding="utf-8")
    assert "NODE_KIND=worker" in text
    assert "watch_lifecycle ()" in text
    assert text.endswith('begin\n"$@"\n')


def test_scripts_that_the_program_cannot_be_taken_from_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for part in nodes.WORKER_SCRIPTS:
        (tmp_path / part).write_text("something: else\n", encoding="utf-8")
    monkeypatch.setattr(nodes, "BOOTSTRAP_FOLDER", tmp_path)
    with pytest.raises(HubctlError, match=r"hub_worker\.sh no longer ends with"):
        nodes.worker_program()
