"""The real provider asks the hosts of the region's own partition. A proxy here refuses each request and notes the host."""

import json
import shutil
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.terraform.driver import Terraform, driver_environment

pytestmark = pytest.mark.terraform


class _Refusal(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        request = self.rfile.readline().decode("ascii", "replace").split()
        assert isinstance(self.server, _Proxy)
        self.server.asked.append(request[1] if len(request) > 1 else "nothing")
        self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Refusal)
        self.asked: list[str] = []


@pytest.fixture
def proxy() -> Iterator[_Proxy]:
    with _Proxy() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("region", "suffix"),
    [
        ("eusc-de-east-1", "eusc-de-east-1.amazonaws.eu"),
        ("ap-southeast-6", "ap-southeast-6.amazonaws.com"),  # newer than the provider
    ],
)
def test_a_plan_asks_the_hosts_of_its_partition(
    proxy: _Proxy,
    stacks_of: Callable[..., Path],
    terraform: Callable[[Path], Terraform],
    variables: Mapping[str, Mapping[str, str]],
    tmp_path: Path,
    region: str,
    suffix: str,
) -> None:
    """Case 10, as far as it can be seen without an account there."""
    folder = Path(shutil.copytree(stacks_of(region=region) / "aws-lab", tmp_path / "aws-lab"))
    terraform(folder)
    # What the provider would ask first, and then ask nothing more
    quiet = {"skip_credentials_validation": True, "skip_requesting_account_id": True, "max_retries": 1}
    (folder / "quiet_override.tf.json").write_text(json.dumps({"provider": {"aws": [quiet]}}))
    address = f"http://127.0.0.1:{proxy.server_address[1]}"
    refusing = {
        **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), address),
        **{"NO_PROXY": "", "no_proxy": "", "CHECKPOINT_DISABLE": "1", "AWS_EC2_METADATA_DISABLED": "true"},
        **{"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"},
    }
    environment = {**driver_environment(drop=("AWS_", "TF_VAR_")), **refusing}
    with pytest.raises(HubctlError):
        Terraform(folder, environment).plan(variables=variables["aws-lab"])
    route53 = f"route53.{suffix}" if suffix.endswith(".eu") else "route53.amazonaws.com"
    assert set(proxy.asked) == {f"{host}:443" for host in (f"ec2.{suffix}", f"sts.{suffix}", route53)}
