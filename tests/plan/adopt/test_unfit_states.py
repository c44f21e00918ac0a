"""What Terraform would refuse of a state: the commands in the messages, followed literally, make a copy that it plans with."""

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl.adopt.adoption import adopt
from hubctl.adopt.request import AdoptionOutcome, AdoptionRequest
from hubctl.adopt.sources import state_from
from hubctl.errors import BadInputError
from hubctl.local_aws.server import LocalAws
from hubctl.terraform.driver import Terraform
from hubctl.terraform.environment import driver_environment
from tests.plan.adopt.conftest import HARMLESS, Document, actions
from tests.plan.adopt.test_adopt import with_resource
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.terraform


def follow(remedy: str, folder: Path) -> Path:
    """Run the commands of a remedy but for the last, which adopts; return the state that it names."""
    *commands, again = re.findall(r"`([^`]+)`", remedy)
    for command in commands:
        subprocess.run(
            ["/bin/sh", "-c", command], cwd=folder, check=True, capture_output=True, timeout=PATIENCE
        )
    words = shlex.split(again)
    return folder / words[words.index("--state") + 1]


def test_the_copy_is_adopted_and_planned_with(
    lab: Callable[[str], Document],
    aws: LocalAws,
    project: Path,
    adoption_folder: str,
    run_main: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Two registries, and what is of a newer provider or, to be forgotten, of one with an alias."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    document = with_resource(
        lab("campus"), "aws_instance", "bastion", "other.example", id="i-0123456789abcdef0"
    )
    document = with_resource(
        document, "aws_sqs_queue", "old", "other.example", id="https://queue.example/old"
    )
    for number, entry in enumerate(document["resources"]):
        entry["provider"] = "provider.aws" if number % 2 else 'provider["other.example/hashicorp/aws"]'
    document["resources"][-1]["provider"] += ".west"
    document["resources"][-2]["instances"][0]["schema_version"] = 99
    original = tmp_path / "the old one.tfstate"
    original.write_text(json.dumps(document))
    forget = ["aws_sqs_queue.old"]

    def adopted(path: Path, forget: list[str]) -> AdoptionOutcome:
        request = AdoptionRequest(stack="aws-lab", project=project, refresh=False, strict=True, forget=forget)
        return adopt(state_from(str(path), None), request)

    with pytest.raises(BadInputError, match="cannot be planned with here") as refused:
        adopted(original, forget)
    assert "aws_instance.bastion was written by a newer AWS provider" in refused.value.message
    copy = follow(refused.value.remedy, tmp_path)
    with pytest.raises(BadInputError, match="cannot forget") as refused:
        adopted(copy, forget)
    second = follow(refused.value.remedy, tmp_path)
    outcome = adopted(second, [])
    assert outcome.proven, outcome.differences
    assert set(outcome.counts) == {"no-op"}
    assert json.loads(original.read_text()) == document

    (project / adoption_folder / "aws-lab.json").write_text(outcome.file.text())
    folder = run_main(tmp_path / "main", adoption=adoption_folder) / "aws-lab"
    (folder / "terraform.tfstate").write_bytes(second.read_bytes())
    terraform = Terraform(folder, driver_environment(aws.environment()))
    terraform.init()
    assert {action for action, _ in actions(terraform, refresh=False)} <= HARMLESS
