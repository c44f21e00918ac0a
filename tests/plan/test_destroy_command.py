"""``hubctl destroy`` from its command line to the local AWS, on a stack of two resources; test_apply.py has the real ones."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubctl.cli import hubctl
from hubctl.core.errors import HubctlError
from hubctl.core.process_tree import Family
from hubctl.core.terraform.driver import Terraform
from hubctl.core.terraform.stored_state import managed_resources
from hubctl.destroy.private_copy import OVERRIDE
from hubctl.trial.aws.server import LocalAws
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.terraform, pytest.mark.apply]

STACK = {
    "terraform": {
        "required_providers": {"aws": {"source": "aws", "version": "5.100.0"}},
        "backend": {"local": {"path": "terraform.tfstate"}},
    },
    "variable": {"token": {"type": "string", "description": "name of both resources"}},
    "provider": {"aws": [{"region": "us-east-1"}]},
    "resource": {
        "aws_efs_file_system": {
            "homes": {"creation_token": "${var.token}", "lifecycle": {"prevent_destroy": True}}
        },
        "aws_sns_topic": {"notifications": {"name": "${var.token}"}},
    },
}
Command = Callable[..., Result]


@pytest.fixture
def command(local_aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return ``command(*options, typed, token)``: hubctl destroy for the stack in ``tmp_path/stack``, in a separate project."""
    monkeypatch.setattr("hubctl.destroy.cli.ROOT", tmp_path)
    monkeypatch.delenv("TF_VAR_token", raising=False)

    def run(*options: str, typed: str = "", token: str | None = tmp_path.name) -> Result:
        words = ["destroy", "--stack", "aws-lab", "--folder", str(tmp_path / "stack"), *options]
        environment = {**local_aws.environment(), **({} if token is None else {"TF_VAR_token": token})}
        return CliRunner().invoke(hubctl, words, env=environment, input=typed, catch_exceptions=False)

    return run


@pytest.fixture
def homes(terraform: Callable[[Path], Terraform], tmp_path: Path) -> str:
    """The id of the deployed stack's file system."""
    folder = tmp_path / "stack"
    folder.mkdir()
    (folder / "cdk.tf.json").write_text(json.dumps(STACK), encoding="utf-8")
    driver = terraform(folder)
    driver.apply(variables={"token": tmp_path.name})
    resources = managed_resources(driver.stored_state())
    found: str = next(r["values"]["id"] for r in resources if r["type"] == "aws_efs_file_system")
    return found


def there(local_aws: LocalAws) -> set[str]:
    return {found["FileSystemId"] for found in local_aws.client("efs").describe_file_systems()["FileSystems"]}


def test_a_variable_without_a_value_is_named_before_anything_is_planned(
    homes: str, command: Command, local_aws: LocalAws, tmp_path: Path
) -> None:
    with pytest.raises(HubctlError, match=r"1 variable has no value\n.*token: name of both") as refused:
        command("--yes", token=None)
    assert refused.value.exit_code == 1
    assert "export TF_VAR_token=" in refused.value.remedy
    assert homes in there(local_aws)
    assert not (tmp_path / "destroyed").exists()


def test_homes_are_kept_until_they_are_named(
    homes: str, command: Command, local_aws: LocalAws, tmp_path: Path
) -> None:
    with pytest.raises(HubctlError, match="nothing was changed: you did not agree") as refused:
        command(typed="no\n")
    assert refused.value.exit_code == 1
    assert not (tmp_path / "destroyed").exists()

    kept = command(typed="aws-lab\n")
    assert kept.exit_code == 0, kept.output
    assert f"kept: file system {homes}" in kept.output
    assert f"aws efs delete-file-system --file-system-id {homes}" in kept.output
    assert homes in there(local_aws)
    adoption = json.loads((tmp_path / "adoption/aws-lab.json").read_text(encoding="utf-8"))
    assert adoption["imports"] == [{"to": "aws_efs_file_system.homes", "id": homes}]
    topics = local_aws.client("sns").list_topics()["Topics"]
    assert not [topic for topic in topics if topic["TopicArn"].endswith(f":{tmp_path.name}")]
    (saved,) = (tmp_path / "destroyed").glob("aws-lab-*.tfstate")
    assert homes in saved.read_text(encoding="utf-8")


def test_case_20_a_destroy_that_is_killed_leaves_the_refusal_as_it_was(
    homes: str, local_aws: LocalAws, terraform: Callable[[Path], Terraform], project: Path, tmp_path: Path
) -> None:
    folder, temporary = tmp_path / "stack", tmp_path / "temporary"
    temporary.mkdir()
    given = {"TF_VAR_token": tmp_path.name, "PYTHONPATH": str(project), "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from hubctl.cli import main; main()",
            "destroy",
            "--stack=aws-lab",
            f"--folder={folder}",
            "--delete-homes",
            "--yes",
        ],
        env={**os.environ, **local_aws.environment(), **given},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    family = Family(process.pid)

    def plans() -> bool:
        family.grow()
        return len(family.alive()) > 1

    assert process.stderr is not None
    with process.stderr as errors:
        seen = next((line for line in errors if line.startswith("planning")), None)
        assert seen, "it did not come to its plan"
        wait_until(plans, "Terraform plans in the copy")
        stopped = 0  # what is stopped starts nothing that would outlive the test
        while stopped < len(family.alive()):
            stopped = len(family.alive())
            family.send(signal.SIGSTOP)
            family.grow()
        family.send(signal.SIGKILL)
        wait_until(lambda: process.poll() is not None and not family.alive(), "all of it has ended")
    assert any(temporary.rglob(OVERRIDE)), "it was killed while nothing protected its own copy"
    assert not list(folder.rglob("*_override.tf.json"))
    assert homes in there(local_aws)
    with pytest.raises(HubctlError, match="cannot be destroyed"):
        terraform(folder).plan(destroy=True, variables={"token": tmp_path.name})


def test_homes_that_are_named_are_deleted(homes: str, command: Command, local_aws: LocalAws) -> None:
    done = command("--delete-homes", "--yes")
    assert done.exit_code == 0, done.output
    assert f"DELETED WITH ITS DATA: file system {homes}" in done.output
    assert homes not in there(local_aws)
