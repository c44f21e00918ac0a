"""The guide's commands, followed as they stand there, take a deployment over, from a file and from a shared backend.

Terraform Cloud is another service, and not tried. What stands in a block is typed into a shell in a copy of the project,
but for the paths of the reader's own files; the copying of the state is among it.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from hubctl.core.terraform.driver import driver_environment
from hubctl.trial.aws.server import LocalAws
from tests.plan.adopt.conftest import FIXTURES
from tests.support.account_snapshot import differences, snapshot
from tests.support.documentation import shell
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.terraform, pytest.mark.apply]
PAGE = Path("docs/how-to/adopt-an-existing-deployment.md")
FROM_S3, FROM_A_FILE = "Hand-written HCL with the state in S3", "Hand-written HCL with a local state"
STACK = Path("cdktf.out") / "stacks" / "aws-lab"
COPIED = ("cdktf.json", "constructs", "cookbooks", "hubctl", "images", "main.py", "stacks")
SYNTH = ".venv/bin/python main.py"  # what `make synth` runs, after set-up
Type = Callable[..., str]


@pytest.fixture
def checkout(project: Path, tmp_path: Path) -> Path:
    """A copy of the project, with the tools that set-up would put there."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in COPIED:
        source = project / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".terraform"))
        else:
            shutil.copy(source, folder / name)
    (folder / ".tools").symlink_to(project / ".tools")
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    for name, line in {
        "python": f'exec {sys.executable} "$@"',
        "hubctl": f'exec {sys.executable} -c "from hubctl.cli import main; main()" "$@"',
    }.items():
        (binaries / name).write_text(f"#!/bin/sh\n{line}\n")
        (binaries / name).chmod(0o755)
    return folder


@pytest.fixture
def type_in(aws: LocalAws, checkout: Path) -> Type:
    """Return ``type_in(script, folder)``: runs lines in a shell, by default in the checkout; returns what is printed."""
    given = {**aws.environment(), "PYTHONPATH": f"{checkout}:{checkout / 'constructs'}", "NO_COLOR": "1"}
    environment = driver_environment(given)
    # Terraform's S3 backend takes the mere presence of the first two for a yes; the reader is asked whether to apply.
    for name in ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "TF_INPUT"):
        environment.pop(name, None)

    def typed(script: str, folder: Path = checkout, *, code: int = 0) -> str:
        finished = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", script],
            cwd=folder,
            env=environment,
            input="yes\n",
            capture_output=True,
            text=True,
            timeout=8 * PATIENCE,
            check=False,
        )
        said = finished.stdout + finished.stderr
        assert finished.returncode == code, f"{script}\n{said[-6000:]}"
        return said

    return typed


def section_of(project: Path, title: str) -> str:
    """Return the text of a section of the guide."""
    text = (project / PAGE).read_text(encoding="utf-8")
    return re.split(r"\n#{2,3} ", text.split(f"# {title}\n", 1)[1], maxsplit=1)[0]


def blocks_of(section: str, language: str) -> list[str]:
    found = re.findall(rf"```{language}\n(.*?)```", section, flags=re.DOTALL)
    assert found, f"{PAGE} has no {language} in a section that should have some"
    return [block.replace("make synth", SYNTH) for block in found]


@pytest.mark.usefixtures("account")
def test_the_guide_takes_a_lab_over_from_s3_and_from_a_file(
    aws: LocalAws, project: Path, checkout: Path, type_in: Type, tmp_path: Path
) -> None:
    """Their apply, the page's commands with all that they bring, and an account that is as it was."""
    theirs = Path(shutil.copytree(FIXTURES / "workshop", tmp_path / "theirs"))
    type_in("terraform init && terraform apply", theirs)
    local = theirs / "terraform.tfstate"
    state = local.read_bytes()
    backend = _backend(project)
    where = {"LocationConstraint": backend["region"]}
    aws.client("s3").create_bucket(Bucket=backend["bucket"], CreateBucketConfiguration=where)
    before = snapshot(aws)

    _take_over_from_s3(backend, project, checkout, type_in, theirs)
    assert differences(before, snapshot(aws)) == []
    shutil.rmtree(checkout / "adoption")
    shutil.rmtree(checkout / "cdktf.out")
    shutil.copy(project / "cdktf.json", checkout)

    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "terraform.tfstate").write_bytes(state)
    _take_over_from_a_file(project, checkout, type_in, kept / "terraform.tfstate")
    assert differences(before, snapshot(aws)) == []
    assert (kept / "terraform.tfstate").read_bytes() == state
    assert '"module"' not in (checkout / STACK / "terraform.tfstate").read_text()


def _backend(project: Path) -> dict[str, str]:
    """Return the backend that the guide names."""
    (context,) = blocks_of(section_of(project, FROM_S3), "json")
    backend: dict[str, str] = json.loads(f"{{{context}}}")["context"]["backend"]["aws-lab"]
    return backend


def _take_over_from_s3(
    backend: Mapping[str, str], project: Path, checkout: Path, type_in: Type, configuration: Path
) -> None:
    section = section_of(project, FROM_S3)
    arguments = "\n".join(f'{key} = "{backend[key]}"' for key in ("bucket", "key", "region"))
    (configuration / "backend.tf").write_text(f'terraform {{\n  backend "s3" {{\n{arguments}\n  }}\n}}\n')
    # One thing is in AWS, but in no state: it is taken in by its id.
    resources = json.loads((configuration / "terraform.tfstate").read_text())["resources"]
    gateway = next(r for r in resources if r["type"] == "aws_internet_gateway")
    identifier = gateway["instances"][0]["attributes"]["id"]
    type_in("terraform init -migrate-state", configuration)
    type_in(f"terraform state rm {gateway['module']}.{gateway['type']}.{gateway['name']}", configuration)

    adopt, rest = blocks_of(section, "sh")
    adopt = adopt.replace("path/to/configuration", shlex.quote(str(configuration)))
    said = type_in(f"{adopt.rstrip()} --import aws_internet_gateway.lab={identifier}")
    assert "Proven: nothing would change at all." in said
    settings = json.loads((checkout / "cdktf.json").read_text())
    settings.setdefault("context", {})["backend"] = {"aws-lab": backend}
    (checkout / "cdktf.json").write_text(json.dumps(settings))
    said = type_in(rest)
    assert "1 imported, 0 added, 0 changed, 0 destroyed" in said
    assert "No changes." in type_in("terraform plan -detailed-exitcode", checkout / STACK)


def _take_over_from_a_file(project: Path, checkout: Path, type_in: Type, state: Path) -> None:
    (block,) = blocks_of(section_of(project, FROM_A_FILE), "sh")
    lines = shell.lines(block.replace("path/to/terraform.tfstate", shlex.quote(str(state))))
    copying = next(number for number, line in enumerate(lines) if line.startswith("install"))
    said = type_in("\n".join(lines[:copying]))
    assert "Proven: nothing would change at all." in said
    assert f"install -m 600 {state} {STACK}/terraform.tfstate" in " ".join(said.split())

    # Whoever forgets to copy the state is told so, instead of a second deployment.
    refused = type_in("terraform init && terraform plan", checkout / STACK, code=1)
    assert "the_existing_state_is_not_here" in refused

    said = type_in("\n".join(lines[copying:]))
    assert "0 added, 0 changed, 0 destroyed" in said
    assert "No changes." in type_in("terraform plan -detailed-exitcode", checkout / STACK)
