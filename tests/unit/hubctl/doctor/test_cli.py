"""The command against the local AWS, as an operator would try it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.in_process import Ran, run_hubctl
from tests.support.printed import flat
from tests.support.waiting import PATIENCE

CODE = "from hubctl.cli import main; main()"
Run = Callable[..., Ran]


@pytest.fixture
def doctor(
    folder: Path, project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """Return ``doctor(*options, local, **more)``: below ``hubctl local-aws`` with ``local``; in this process without."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "TF_VAR_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    command = ["doctor", f"--folder={folder}"]

    def run(*options: str, local: tuple[str, ...] | None = (), **more: str) -> Ran:
        if local is None:
            for name, value in more.items():
                monkeypatch.setenv(name, value)
            return run_hubctl(*command, *options, monkeypatch=monkeypatch, capture=capfd)
        hubctl = [sys.executable, "-c", CODE]
        ran = subprocess.run(
            [*hubctl, "local-aws", *local, "--", *hubctl, *command, *options],
            env={**os.environ, "PYTHONPATH": str(project), "NO_COLOR": "1", **more},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Ran(code=ran.returncode, output=ran.stdout, errors=ran.stderr)

    return run


def test_the_demo_account_is_green_for_both_stacks(doctor: Run) -> None:
    ran = doctor("--json")
    assert ran.code == 0, ran.output + ran.errors
    document = json.loads(ran.output)
    assert (document["version"], document["status"]) == (1, "ok")
    assert [stack["stack"] for stack in document["stacks"]] == ["aws-lab", "chef-hub"]
    for stack in document["stacks"]:
        assert set(stack) == {"stack", "region", "status", "findings"}
        for finding in stack["findings"]:
            assert set(finding) == {"check", "status", "subject", "found", "remedy"}


def test_what_is_broken_is_named_with_a_remedy(doctor: Run) -> None:
    ran = doctor(
        "--var=ami_name=lost-*",
        local=("--quota=ec2/L-1216C47A=5", "--without-zone=us-east-1f", "--region=us-west-2"),
    )
    assert ran.code == 1, ran.errors
    for named in (
        "wrong region: aws-lab deploys to us-east-1 (region), AWS_REGION and AWS_DEFAULT_REGION say us-west-2",
        "no image of self matches lost-* in us-east-1",
        "there is no availability zone us-east-1f in us-east-1",
        "(L-1216C47A): 5 vCPUs, needed are 16 (4 of m6i.xlarge)",
        "→ Ask for 20",
        "chef-hub: not ready",
    ):
        assert named in flat(ran.output), named


def test_without_credentials_or_variables(doctor: Run, tmp_path: Path) -> None:
    nowhere = {"HOME": str(tmp_path), "AWS_CONFIG_FILE": str(tmp_path / "none")}
    ran = doctor("--stack=aws-lab", local=None, **nowhere)
    assert ran.code == 1
    assert "the variable hosted_zone has no value" in flat(ran.output)
    assert "there are no AWS credentials" in flat(ran.output)
    assert "export TF_VAR_hosted_zone=YOUR.DOMAIN" in ran.output.splitlines()
    assert "not looked at: first set right the credentials" in flat(ran.output)


def test_without_credentials_there_is_one_thing_to_do_for_both_stacks(doctor: Run, tmp_path: Path) -> None:
    nowhere = {"HOME": str(tmp_path), "AWS_CONFIG_FILE": str(tmp_path / "none")}
    ran = doctor(local=None, **nowhere)
    assert ran.code == 1
    assert flat(ran.output).count("not looked at") == 1
    assert flat(ran.output).count("Log in (`aws sso login`)") == 1
    document = json.loads(doctor("--json", local=None, **nowhere).output)
    for stack in document["stacks"]:
        assert len(stack["findings"]) == 18
        assert {finding["check"] for finding in stack["findings"]} >= {"region", "zones", "images", "backend"}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--speed",), "No such option"),
        (("--stack=other",), "other"),
        (("--check=weather",), "weather"),
        (("--var=nonsense=1",), "no variable nonsense"),
        (("--var=nonsense",), "is not NAME=VALUE"),
        (("--var-file=missing.tfvars",), "missing.tfvars does not exist"),
        (("--endpoint=there",), "--endpoint 'there' is not a URL"),
        (("--endpoint=ftp://there",), "is not a URL"),
        (("--nameserver=there",), "is not an address"),
        (("--oldest-image=0",), "--oldest-image"),
    ],
)
def test_bad_use_exits_with_2(doctor: Run, options: tuple[str, ...], named: str) -> None:
    ran = doctor(*options, local=None)
    assert ran.code == 2, ran.output
    assert named in flat(ran.errors)
    assert "Traceback" not in ran.errors


def test_an_endpoint_of_the_environment_that_is_none(doctor: Run) -> None:
    ran = doctor(local=None, AWS_ENDPOINT_URL="there")
    assert (ran.code, ran.output) == (2, "")
    assert "AWS_ENDPOINT_URL 'there' is not a URL" in flat(ran.errors)


@pytest.mark.parametrize(
    "option", ["--quota=5", "--quota=ec2/L-0=5", "--quota=ec2/L-1216C47A=-1", "--without-zone=Berlin"]
)
def test_the_local_aws_refuses_what_it_cannot_be(
    option: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ran = run_hubctl("local-aws", option, "--", "true", monkeypatch=monkeypatch, capture=capfd)
    assert ran.code == 2, ran.errors
    assert "error:" in ran.errors
