"""AWS that throttles, refuses or is out of reach."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from session_agent import aws
from session_agent.memory import Moment
from tests.support.ports import silent_port

ERROR = "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>said AWS</Message></Error></ErrorResponse>"


class Raw:
    """What botocore reads of an HTTP response."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_options: Any) -> Any:
        yield self._content


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return ``refuse(code, operation, times)``: the next calls of the operation are refused; the list fills with them."""

    def arrange(code: str, operation: str, times: int, status: int = 400) -> list[str]:
        refused: list[str] = []
        original = aws.ScalingGroup.__init__

        def answer(**_event: Any) -> AWSResponse | None:
            if len(refused) >= times:
                return None
            refused.append(operation)
            return AWSResponse("http://127.0.0.1", status, {}, Raw(ERROR.format(code).encode()))

        def wired(self: Any, *arguments: Any) -> None:
            original(self, *arguments)
            for client in (self.autoscaling, self.cloudwatch):
                service = client.meta.service_model.service_id.hyphenize()
                client.meta.events.register(f"before-send.{service}.{operation}", answer)

        monkeypatch.setattr(aws.ScalingGroup, "__init__", wired)
        monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
        return refused

    return arrange


def test_some_throttling_is_waited_out(lab: Any, refuse: Callable[..., list[str]]) -> None:
    refused = refuse("Throttling", "SetInstanceProtection", 2)
    lab.hub.log_in("user")
    assert lab.run() == 0
    assert len(refused) == 2
    assert lab.protected


def test_lasting_throttling_is_said_and_spoils_nothing_else(
    lab: Any, refuse: Callable[..., list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    refused = refuse("Throttling", "SetInstanceProtection", 100)
    lab.hub.log_in("user")
    assert lab.run() == 1
    assert len(refused) == 4
    assert "AWS throttles" in caplog.text
    assert lab.published() == [1.0]


def test_a_wrong_clock_is_named(
    lab: Any, refuse: Callable[..., list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    refuse("RequestExpired", "DescribeAutoScalingInstances", 100)
    assert lab.run() == 1
    assert "is this machine's clock right?" in caplog.text


def test_protection_is_set_although_the_state_is_unknown(lab: Any, refuse: Callable[..., list[str]]) -> None:
    refuse("AccessDenied", "DescribeAutoScalingInstances", 100)
    lab.hub.log_in("user")
    assert lab.run() == 1
    assert lab.protected


def test_the_metadata_service_knows_that_the_instance_must_go(
    lab: Any, refuse: Callable[..., list[str]]
) -> None:
    refuse("Throttling", "DescribeAutoScalingInstances", 100)
    lab.metadata.values["autoscaling/target-lifecycle-state"] = "Terminated"
    lab.terminate()
    assert lab.run() == 1
    assert lab.described() == []


def test_an_endpoint_out_of_reach(
    lab: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
    with silent_port() as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        assert lab.run() == 1
    assert "Could not connect" in caplog.text


def test_wall_clock_and_uptime_are_read() -> None:
    one, two = Moment.now(), Moment.now()
    assert two.uptime >= one.uptime > 0
    assert abs(two.wall - one.wall) < 60
