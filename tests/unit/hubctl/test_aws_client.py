"""Clients as the operator's environment says."""

import pytest

from hubctl.core.aws import aws_client
from hubctl.core.errors import BadInputError


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")


def test_the_region_is_the_one_given_then_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert aws_client("ssm").meta.region_name == "eu-west-1"
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert aws_client("ssm").meta.region_name == "eu-central-1"
    assert aws_client("ssm", "us-west-2").meta.region_name == "us-west-2"


def test_an_endpoint_that_is_no_url_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "there")
    with pytest.raises(BadInputError, match="ssm cannot be asked: Invalid endpoint: there"):
        aws_client("ssm", "us-east-1")
