"""Clients are as the operator's environment says; AWS settings that cannot be used give exit status 2 and a sentence."""

import os
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner, Result

from hubctl.cli import hubctl
from hubctl.core.aws import aws_client
from hubctl.core.errors import BadInputError, HubctlError
from tests.support.printed import flat

COMMANDS = {
    "nodes": ["nodes"],
    "cookbooks list": ["cookbooks", "list", "--bucket", "some-bucket"],
    "cookbooks push": ["cookbooks", "push", "--bucket", "some-bucket", "--dry-run"],
}
KEYS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
REGION = {"AWS_REGION": "eu-central-1"}
SSO = """[profile tired]
sso_session = here
sso_account_id = 123456789012
sso_role_name = operator
region = eu-central-1
[sso-session here]
sso_region = eu-central-1
sso_start_url = https://example.awsapps.com/start
"""
# By what is wrong: variables, the file of AWS settings, and words of the answer
WRONG: dict[str, tuple[dict[str, str], bytes, list[str]]] = {
    "no region": (KEYS, b"", ["no AWS region is chosen", "Set AWS_REGION"]),
    "a region that is none": (
        {**KEYS, "AWS_REGION": "eu central"},
        b"",
        ["eu central", "Set AWS_REGION to a region"],
    ),
    "a region with a typing error": (
        {**KEYS, "AWS_REGION": "eu-cental-1"},
        b"",
        ["AWS has no region eu-cental-1", "perhaps eu-central-1 is meant"],
    ),
    "a zone for a region": ({**KEYS, "AWS_REGION": "eu-central-1a"}, b"", ["eu-central-1a"]),
    "an unknown profile": (
        {**KEYS, **REGION, "AWS_PROFILE": "nobody"},
        b"",
        ["(nobody)", "Set AWS_PROFILE to a profile of"],
    ),
    "a file that is damaged": ({**KEYS, **REGION}, b"[profile x\nregion", ["config", "Correct the file"]),
    "a file in another encoding": ({**KEYS, **REGION}, b"[default]\nregion = \xff\xfe", ["Correct the file"]),
    "an endpoint that is no URL": (
        {**KEYS, **REGION, "AWS_ENDPOINT_URL": "there"},
        b"",
        ["Invalid endpoint: there", "Set AWS_ENDPOINT_URL to a URL"],
    ),
    "half of the keys": ({**REGION, "AWS_ACCESS_KEY_ID": "none"}, b"", ["AWS_SECRET_ACCESS_KEY", "Set both"]),
    "a number that is none": (
        {**KEYS, **REGION, "AWS_MAX_ATTEMPTS": "many"},
        b"",
        ["many", "AWS_* variables"],
    ),
    "no credentials": (REGION, b"", ["there are no AWS credentials", "Log in"]),
    "a login that is over": (
        {"AWS_PROFILE": "tired"},
        SSO.encode(),
        ["there are no AWS credentials", "Log in"],
    ),
    "a program for credentials that fails": (
        {"AWS_PROFILE": "p"},
        b"[profile p]\nregion = eu-central-1\ncredential_process = /bin/false",
        ["there are no AWS credentials", "Log in"],
    ),
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return ``run(command, variables, file)``: hubctl with these AWS settings and no others."""

    def ran(command: list[str], variables: dict[str, str], file: bytes) -> Result:
        for name in list(os.environ):
            if name.startswith("AWS_"):
                monkeypatch.delenv(name)
        (tmp_path / "config").write_bytes(file)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("HOME", str(tmp_path))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        return CliRunner().invoke(hubctl, command)

    return ran


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        (command, wrong)
        for command in COMMANDS
        for wrong in WRONG
        # S3 is asked without a region as well, and leads to the bucket's own.
        if (command, wrong) not in (("cookbooks list", "no region"), ("cookbooks push", "no region"))
    ],
)
def test_settings_that_cannot_be_used_are_named_and_the_status_is_2(
    run: Callable[..., Result], command: str, wrong: str
) -> None:
    variables, file, words = WRONG[wrong]
    refused = run(COMMANDS[command], variables, file).exception
    assert isinstance(refused, BadInputError), refused
    said = flat(f"{refused.message} {refused.remedy}")
    assert not [word for word in words if word not in said], said


def test_what_aws_refuses_keeps_status_1(run: Callable[..., Result]) -> None:
    """Nobody listens at this port, so nothing is sent anywhere."""
    variables = {**KEYS, **REGION, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    refused = run(["nodes"], variables, b"").exception
    assert isinstance(refused, HubctlError)
    assert refused.exit_code == 1


def test_a_region_is_not_judged_at_an_endpoint_of_its_own(run: Callable[..., Result]) -> None:
    variables = {**KEYS, "AWS_REGION": "moon-base-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    refused = run(["nodes"], {**variables, "AWS_MAX_ATTEMPTS": "1"}, b"").exception
    assert isinstance(refused, HubctlError)
    assert "moon-base-1" not in refused.message


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
