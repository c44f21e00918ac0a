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
from hubctl.adopt.state.source import state_from
from hubctl.core.errors import BadInputError
from hubctl.core.terraform.driver import Terraform
from hubctl.trial.aws.server import LocalAws
from tests.plan.adopt.conftest import HARMLESS, Document, actions
from tests.plan.adopt.taking_over import Operator
from tests.plan.adopt.test_adopt import with_resource
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.terraform


def follow(remedy: str, folder: Path) -> list[str]:
    """Run the commands of a remedy but for the last, which adopts; return its words after the command's name."""
    *commands, again = re.findall(r"`([^`]+)`", remedy)
    for command in commands:
        subprocess.run(
            ["/bin/sh", "-c", command], cwd=folder, check=True, capture_output=True, timeout=PATIENCE
        )
    words = shlex.split(again)
    return words[words.index("adopt") + 1 :]


def state_of(words: list[str]) -> Path:
    return Path(words[words.index("--state") + 1])


def test_the_copy_is_adopted_and_planned_with(
    lab: Callable[[str], Document],
    aws: LocalAws,
    project: Path,
    synthesize: Callable[..., Path],
    initialized: Callable[[Path, str], Terraform],
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
    copy = state_of(follow(refused.value.remedy, tmp_path))
    with pytest.raises(BadInputError, match="cannot forget") as refused:
        adopted(copy, forget)
    second = state_of(follow(refused.value.remedy, tmp_path))
    outcome = adopted(second, [])
    assert outcome.proven, outcome.differences
    assert set(outcome.counts) == {"no-op"}
    assert json.loads(original.read_text()) == document

    terraform = initialized(synthesize(outcome, tmp_path / "main"), second.read_text())
    assert {action for action, _ in actions(terraform, refresh=False)} <= HARMLESS


def test_instances_of_a_newer_provider_are_imported_and_stay_as_they_are(
    lab: Callable[[str], Document],
    aws: LocalAws,
    project: Path,
    adoption_folder: str,
    run_main: Callable[..., Path],
    tmp_path: Path,
) -> None:
    """What AWS says of them is not what the stack would make: image, subnet, groups, disk, metadata options."""
    document = lab("hub")
    nodes = [r["instances"][0] for r in document["resources"] if r["type"] == "aws_instance"]
    for node in nodes:
        node["schema_version"] = 2
    text = json.dumps(document)
    for node in nodes:  # other resources name them, too
        text = text.replace(node["attributes"]["id"], _launched(aws))
    original = tmp_path / "terraform.tfstate"
    original.write_text(text)
    operator = Operator(
        aws=aws,
        project=project,
        stack="chef-hub",
        adoption=adoption_folder,
        synthesize=run_main,
        secrets={"deployer_ip": "203.0.113.10/32"},
    )
    others = ["--no-refresh", "--var", "target_domain=lab.example.test"]
    code, _, errors = operator.adopt("--state", str(original), *others)
    assert code == 2, errors
    outcome = operator.followed([*follow(errors, tmp_path), *others, "--json"])
    assert outcome["proven"]
    assert set(outcome["plan"]) <= HARMLESS
    file = json.loads((project / adoption_folder / "chef-hub.json").read_text())
    assert {part["to"].rpartition(".")[2] for part in file["imports"]} == {
        *("chef-server", "chef-workstation", "hub-leader")
    }


def _launched(aws: LocalAws) -> str:
    """Launch an instance as somebody else would; return its id."""
    ec2 = aws.client("ec2", "us-east-1")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launched = ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        InstanceType="m5.large",
        MetadataOptions={"HttpTokens": "optional", "HttpPutResponseHopLimit": 3},
        BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 77, "VolumeType": "gp2"}}],
    )
    return str(launched["Instances"][0]["InstanceId"])
