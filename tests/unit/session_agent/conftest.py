"""A hub and an instance metadata service to talk to, and an instance in an auto scaling group of the local AWS."""

import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hubctl.trial.aws.server import LocalAws
from session_agent.__main__ import main

TOKEN = "token-of-the-test"


class FakeServer:
    """An HTTP server on loopback whose answers a test sets."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                fake.requests.append(f"{self.command} {self.path}")
                status, body = fake.answer(self.command, self.path, dict(self.headers))
                content = body.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815

            def log_message(self, *_arguments: Any) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def answer(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        raise NotImplementedError

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class FakeHub(FakeServer):
    """JupyterHub's users, in pages of the size asked for; they can be deleted, and the hub shut down."""

    def __init__(self) -> None:
        super().__init__()
        self.users: list[dict[str, Any]] = []
        self.broken: tuple[int, str] | None = None
        self.metrics = "# TYPE lab_hub_disk_limit_percent gauge\nlab_hub_disk_limit_percent NaN\n"

    def log_in(self, name: str, *, idle_minutes: float | None = 0, **server: Any) -> None:
        activity = (
            None
            if idle_minutes is None
            else (datetime.now(UTC) - timedelta(minutes=idle_minutes)).isoformat().replace("+00:00", "Z")
        )
        self.users.append(
            {
                "name": name,
                "last_activity": activity,
                "servers": {"": {"last_activity": activity, "ready": True, "stopped": False, **server}},
            }
        )

    def answer(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        if self.broken:
            return self.broken
        if headers.get("Authorization") != f"token {TOKEN}":
            return 403, json.dumps({"status": 403, "message": "Forbidden"})
        url = urllib.parse.urlsplit(path)
        if (method, url.path) == ("GET", "/hub/api/metrics"):
            return 200, self.metrics
        if method == "DELETE":
            self.users = [user for user in self.users if url.path != f"/hub/api/users/{user['name']}"]
            return 204, ""
        if (method, url.path) == ("POST", "/hub/api/shutdown"):
            return 202, "{}"
        query = {name: values[0] for name, values in urllib.parse.parse_qs(url.query).items()}
        assert (method, url.path) == ("GET", "/hub/api/users")
        assert query.get("state") in (None, "active")
        offset, limit = int(query["offset"]), min(int(query["limit"]), 3)  # a small page, as the hub may have
        items = self.users[offset : offset + limit]
        more = offset + limit < len(self.users)
        following = {"offset": offset + limit, "limit": limit} if more else None
        return 200, json.dumps({"items": items, "_pagination": {"total": len(self.users), "next": following}})


class FakeMetadata(FakeServer):
    """The instance metadata service, version 2 only."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def answer(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        if (method, path) == ("PUT", "/latest/api/token"):
            assert headers["X-Aws-Ec2-Metadata-Token-Ttl-Seconds"] == "60"
            return 200, "session-token"
        if headers.get("X-Aws-Ec2-Metadata-Token") != "session-token":
            return 401, ""
        value = self.values.get(path.removeprefix("/latest/meta-data/"))
        return (404, "") if value is None else (200, value)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    fake = FakeHub()
    yield fake
    fake.stop()


@pytest.fixture
def metadata() -> Iterator[FakeMetadata]:
    fake = FakeMetadata()
    yield fake
    fake.stop()


@pytest.fixture(scope="module")
def scaling_aws() -> Iterator[LocalAws]:
    with LocalAws(scaling_speed=1) as running:
        yield running


class Lab:
    """A group of one instance with a drain hook, the agent's settings, and runs of the agent in this process."""

    def __init__(
        self, *, aws: LocalAws, hub: FakeHub, metadata: FakeMetadata, folder: Path, name: str
    ) -> None:
        self.aws, self.hub, self.metadata, self.folder, self.name = aws, hub, metadata, folder, name
        self.autoscaling = aws.client("autoscaling")
        self.autoscaling.create_launch_configuration(
            LaunchConfigurationName=name, ImageId="ami-12345678", InstanceType="t3.micro"
        )
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName=name,
            MinSize=0,
            DesiredCapacity=1,
            MaxSize=2,
            AvailabilityZones=["us-east-1a"],
            LifecycleHookSpecificationList=[
                {
                    "LifecycleHookName": f"{name}-drain",
                    "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
                    "HeartbeatTimeout": 1800,
                    "DefaultResult": "CONTINUE",
                }
            ],
        )
        self.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=1)
        (self.instance_id,) = [one["InstanceId"] for one in self.described()]
        metadata.values["instance-id"] = self.instance_id
        self.settings: dict[str, Any] = {
            "region": aws.region,
            "autoscaling_group": name,
            "hub_port": 8000,
            "metric": {"namespace": "JupyterHub/Lab", "name": "UserSessions"},
            "lifecycle_hook": f"{name}-drain",
            "drain_timeout_seconds": 600,
        }
        (folder / "token").write_text(TOKEN + "\n")

    def described(self) -> list[dict[str, Any]]:
        (group,) = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])[
            "AutoScalingGroups"
        ]
        instances: list[dict[str, Any]] = group["Instances"]
        return instances

    @property
    def protected(self) -> bool:
        (instance,) = self.described()
        return bool(instance["ProtectedFromScaleIn"])

    def published(self, metric: str = "UserSessions") -> list[float]:
        now = datetime.now(UTC)
        points = self.aws.client("cloudwatch").get_metric_statistics(
            Namespace="JupyterHub/Lab",
            MetricName=metric,
            Dimensions=[{"Name": "AutoScalingGroupName", "Value": self.name}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=3600,
            Statistics=["Sum", "SampleCount", "Maximum"],
        )["Datapoints"]
        return [point["Maximum"] for point in points]

    def terminate(self) -> None:
        self.autoscaling.set_desired_capacity(AutoScalingGroupName=self.name, DesiredCapacity=0)

    @property
    def drain_flag(self) -> Path:
        return self.folder / "run" / "draining"

    @property
    def bridge(self) -> Path:
        return self.folder / "bridge"

    @property
    def memory(self) -> Path:
        return self.folder / "run" / "session-agent.json"

    def run(self) -> int:
        (self.folder / "instance.json").write_text(json.dumps(self.settings))
        return main(
            [
                f"--settings={self.folder / 'instance.json'}",
                f"--run-folder={self.folder / 'run'}",
                f"--token-file={self.folder / 'token'}",
                f"--bridge={self.bridge}",
                f"--hub-url={self.hub.url}/hub/api",
            ]
        )


@pytest.fixture
def lab(
    scaling_aws: LocalAws,
    hub: FakeHub,
    metadata: FakeMetadata,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Lab]:
    for name, value in scaling_aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url)
    name = request.node.name.replace("_", "-")[:60].split("[")[0]
    made = Lab(aws=scaling_aws, hub=hub, metadata=metadata, folder=tmp_path, name=name)
    yield made
    made.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


@pytest.fixture
def later(lab: Lab) -> Callable[[float], None]:
    """Return ``later(seconds)``: makes the last run, and the draining, that much older."""

    def age(seconds: float) -> None:
        memory = json.loads(lab.memory.read_text())
        memory["last"] = {name: value - seconds for name, value in memory["last"].items()}
        if memory["draining"] is not None:
            memory["draining"] -= seconds
        lab.memory.write_text(json.dumps(memory))

    return age
