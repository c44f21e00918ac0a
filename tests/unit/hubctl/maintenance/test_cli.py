"""`hubctl maintenance`: what it writes for the hubs, and what it says."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from hubctl.core.errors import BadInputError, HubctlError
from hubctl.maintenance.cli import ON, command
from hubctl.maintenance.switch import SENTENCE
from tests.support.deployed_stack import REGION, deployed_stack

Run = Callable[..., Result]


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSM"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("ssm", region_name=REGION)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the settings of whoever came first

    def call(*arguments: str, stack: str = "aws-lab") -> Result:
        folder = deployed_stack(tmp_path / stack, stack=stack, group="course")
        return CliRunner().invoke(command, [*arguments, "--stack", stack, "--folder", str(folder)])

    return call


def switch(ssm: Any, prefix: str = "/jupyterhub/course") -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        ssm.get_parameter(Name=f"{prefix}/hub/maintenance")["Parameter"]["Value"]
    )
    return document


@pytest.mark.parametrize(("stack", "prefix"), [("aws-lab", "/jupyterhub/course"), ("chef-hub", "/chef-hub")])
def test_on_writes_what_hubs_read_and_off_takes_it_back(ssm: Any, run: Run, stack: str, prefix: str) -> None:
    assert run("on", stack=stack).exit_code == 0
    written = switch(ssm, prefix)
    assert set(written) == {"sentence", "since", "until", "by"}
    assert (written["sentence"], written["until"]) == (SENTENCE, None)
    assert written["by"].startswith("arn:aws:")
    shown = run("status", stack=stack)
    assert shown.exit_code == ON
    assert SENTENCE.split(":")[0] in " ".join(shown.output.split())
    assert run("off", stack=stack).exit_code == 0
    assert run("status", stack=stack).exit_code == 0
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        switch(ssm, prefix)


def test_sentence_and_end_are_the_operators(ssm: Any, run: Run) -> None:
    run("on", "--sentence", "Back  at\nsix.", "--until", "2h")
    written = switch(ssm)
    assert written["sentence"] == "Back at six."
    left = datetime.fromisoformat(written["until"]) - datetime.now(UTC)
    assert timedelta(minutes=118) < left <= timedelta(hours=2)
    document = json.loads(run("status", "--json").output)
    assert (document["on"], document["sentence"], document["until"]) == (
        True,
        "Back at six.",
        written["until"],
    )


def test_one_that_has_ended_by_itself_is_off(ssm: Any, run: Run) -> None:
    past = {"sentence": "x", "since": "2026-01-01T00:00:00Z", "until": "2026-01-01T01:00:00Z", "by": "ada"}
    ssm.put_parameter(Name="/jupyterhub/course/hub/maintenance", Value=json.dumps(past), Type="String")
    shown = run("status")
    assert (shown.exit_code, "ended" in shown.output) == (0, True)
    assert json.loads(run("status", "--json").output)["on"] is False


def test_off_without_maintenance_changes_nothing_and_says_so(ssm: Any, run: Run) -> None:
    assert run("off").exit_code == 0
    assert ssm.describe_parameters()["Parameters"] == []


@pytest.mark.parametrize(
    "arguments", [("--sentence", " "), ("--sentence", "x" * 501), ("--until", "yesterday"), ("--until", "0m")]
)
def test_bad_input_is_refused_before_anything_is_written(
    ssm: Any, run: Run, arguments: tuple[str, ...]
) -> None:
    refused = run("on", *arguments)
    assert isinstance(refused.exception, BadInputError)
    assert arguments[0] in refused.exception.message
    assert ssm.describe_parameters()["Parameters"] == []


def test_without_credentials_one_sentence_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    refused = run("status")
    assert isinstance(refused.exception, HubctlError)
    assert "there are no AWS credentials" in refused.exception.message


def test_what_is_not_a_switch_is_named(ssm: Any, run: Run) -> None:
    ssm.put_parameter(Name="/jupyterhub/course/hub/maintenance", Value="on", Type="String")
    refused = run("status")
    assert isinstance(refused.exception, HubctlError)
    assert "does not hold a JSON object" in refused.exception.message
