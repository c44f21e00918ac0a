"""Hosts that boot against the local AWS, and what the stack would have prepared for them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubctl.trial.aws.server import LocalAws
from tests.support.aws_cli.preloaded import PreloadedAwsCli
from tests.support.node_host.aws_gate import AwsGate
from tests.support.node_host.booted import BootedHosts
from tests.support.node_host.deployment import Deployment

BUCKET = "chef-hub-bootstrap-test"


@pytest.fixture(scope="module")
def local_aws() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        yield aws


@pytest.fixture(scope="session")
def aws_cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PreloadedAwsCli]:
    with PreloadedAwsCli(folder=tmp_path_factory.mktemp("aws")) as cli:
        yield cli


@pytest.fixture(scope="session")
def booted_hosts(tmp_path_factory: pytest.TempPathFactory) -> BootedHosts:
    return BootedHosts(tmp_path_factory.mktemp("booted"))


@pytest.fixture
def deploy(
    local_aws: LocalAws, aws_cli: PreloadedAwsCli, project: Path, tmp_path: Path
) -> Iterator[Callable[..., Deployment]]:
    """Return ``deploy(**contract)``: a new deployment whose contract differs from the golden one as given."""
    golden = json.loads((project / "cookbooks/contract/golden.json").read_text(encoding="utf-8"))["chef_hub"]
    discovery = local_aws.client("servicediscovery")
    number = len(discovery.list_namespaces()["Namespaces"])
    namespace = f"local{number}.example.test"
    discovery.create_http_namespace(Name=namespace)
    namespace_id = next(n["Id"] for n in discovery.list_namespaces()["Namespaces"] if n["Name"] == namespace)
    services = {
        name: {
            "name": name,
            "id": discovery.create_service(Name=name, NamespaceId=namespace_id)["Service"]["Id"],
        }
        for name in ("chef_server", "swarm")
    }
    bucket = f"{BUCKET}-{number}"
    local_aws.client("s3").create_bucket(Bucket=bucket)
    with AwsGate(
        socket_path=tmp_path / "aws.socket", upstream_port=int(local_aws.endpoint_url.rsplit(":", 1)[1])
    ) as gate:

        def make(**changes: Any) -> Deployment:
            ours = {
                "services": services,
                "namespace": namespace,
                "bootstrap_bucket": bucket,
                "parameter_prefix": f"/chef-hub-{number}",
            }
            return Deployment(
                aws=local_aws,
                contract={"chef_hub": {**golden, **ours, **changes}},
                gate=gate,
                aws_cli=aws_cli,
                folder=tmp_path,
            )

        yield make
