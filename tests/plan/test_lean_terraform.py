"""The lean Terraform of these tests: it says what the real one says, and leaves nothing behind."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.local_aws.server import LocalAws
from hubctl.terraform.driver import Terraform
from hubctl.terraform.environment import driver_environment
from tests.support.waiting import PATIENCE, wait_until

pytestmark = [pytest.mark.terraform]

FAILING_PROVIDER = "#!/bin/sh\necho 'no such plugin protocol'\nexit 3\n"


@pytest.fixture
def program(lean_commands: Path | None) -> Path:
    """The lean Terraform."""
    if lean_commands is None:
        pytest.skip("--whole-provider: there is nothing to compare")
    return lean_commands / "terraform"


def test_plans_what_the_real_one_plans(
    program: Path,
    copy_of: Callable[..., Path],
    terraform: Callable[[Path], Terraform],
    local_aws: LocalAws,
    variables: dict[str, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    driver = terraform(copy_of("chef-hub"))
    lean = driver.plan_document(variables=variables["chef-hub"])
    monkeypatch.setenv("PATH", os.environ["PATH"].removeprefix(f"{program.parent}:"))
    real = Terraform(driver.folder, driver_environment(local_aws.environment())).plan_document(
        variables=variables["chef-hub"]
    )
    assert len(real["resource_changes"]) > 50
    assert comparable(lean) == comparable(real)


def test_a_provider_ends_with_the_terraform_that_is_killed(
    program: Path,
    copy_of: Callable[..., Path],
    terraform: Callable[[Path], Terraform],
    variables: dict[str, dict[str, str]],
) -> None:
    folder = terraform(copy_of("aws-lab")).folder
    given = {f"TF_VAR_{name}": value for name, value in variables["aws-lab"].items()}
    # At an address where nobody answers it would try for long.
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1000"}
    process = subprocess.Popen(
        [program, "plan", "-input=false"],
        cwd=folder,
        env={**driver_environment(nowhere), **given},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: len(programs_in(folder)) == 1, "one provider runs")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_until(lambda: programs_in(folder) == [], "the provider ends")


def test_a_provider_that_cannot_be_started_is_an_error(program: Path, tmp_path: Path) -> None:
    provider = tmp_path / ".terraform/providers/registry/hashicorp/aws/1.0.0/any/terraform-provider-aws_v1"
    provider.parent.mkdir(parents=True)
    provider.write_text(FAILING_PROVIDER)
    provider.chmod(0o755)
    done = subprocess.run(
        [program, f"-chdir={tmp_path}", "plan"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "the relay to the AWS provider has failed" in done.stderr


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """Return a plan without its time, and with the attributes that it needs sorted: Terraform has them in any order."""
    relevant = sorted(document["relevant_attributes"], key=repr)
    return document | {"timestamp": None, "relevant_attributes": relevant}


def programs_in(folder: Path) -> list[str]:
    """Return the command lines of running programs that lie below the folder."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has ended
            continue
    return [line for line in lines if str(folder / ".terraform") in line]
