"""`hubctl rollout`: what it refuses, what it writes, and what it shows of a group on the local AWS."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from hubctl.core.errors import BadInputError, HubctlError
from hubctl.rollout.cli import UNDER_WAY, command
from hubctl.trial.aws.server import LocalAws
from tests.support.deployed_stack import deployed_stack


class Deployed:
    """A group of two instances on a launch template."""

    def __init__(self, aws: LocalAws, name: str, folder: Path) -> None:
        self.aws, self.name, self.folder = aws, name, folder
        self.ec2, self.autoscaling, self.ssm = (aws.client(one) for one in ("ec2", "autoscaling", "ssm"))
        self.ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "t3.micro"},
        )
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
            MinSize=1,
            DesiredCapacity=2,
            MaxSize=4,
            AvailabilityZones=["us-east-1a"],
        )

    def new_version(self) -> None:
        self.ec2.create_launch_template_version(
            LaunchTemplateName=self.name, SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.small"}
        )
        self.ec2.modify_launch_template(LaunchTemplateName=self.name, DefaultVersion="2")

    @property
    def group(self) -> Any:
        return self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])[
            "AutoScalingGroups"
        ][0]

    @property
    def ids(self) -> list[str]:
        return sorted(one["InstanceId"] for one in self.group["Instances"])

    def record(self) -> dict[str, Any]:
        found = self.ssm.get_parameter(Name=f"/jupyterhub/{self.name}/rollout")
        document: dict[str, Any] = json.loads(found["Parameter"]["Value"])
        return document

    def put(self, name: str, **document: Any) -> None:
        self.ssm.put_parameter(
            Name=f"/jupyterhub/{self.name}/{name}",
            Value=json.dumps(document),
            Type="String",
            Overwrite=True,
        )

    def run(self, *arguments: str) -> Result:
        stack = deployed_stack(self.folder, stack="aws-lab", group=self.name)
        return CliRunner().invoke(command, [*arguments, "--stack", "aws-lab", "--folder", str(stack)])

    def refused(self, *arguments: str) -> HubctlError:
        error = self.run(*arguments).exception
        assert isinstance(error, HubctlError), error
        return error


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws() as running:
        yield running


@pytest.fixture
def lab(
    aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Deployed]:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the settings of whoever came first
    made = Deployed(aws, request.node.name.replace("_", "-")[:60], tmp_path)
    yield made
    made.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=made.name, ForceDelete=True)
    made.ec2.delete_launch_template(LaunchTemplateName=made.name)


def ago(**parts: float) -> str:
    return (datetime.now(UTC) - timedelta(**parts)).isoformat()


def test_nothing_old_is_refused_and_writes_nothing(lab: Deployed) -> None:
    error = lab.refused("start", "--yes")
    assert "nothing is old" in error.message
    assert "hubctl plan" in error.remedy
    with pytest.raises(lab.ssm.exceptions.ParameterNotFound):
        lab.record()


def test_start_shows_who_works_writes_the_record_and_makes_room(lab: Deployed) -> None:
    lab.new_version()
    busy, idle = lab.ids
    lab.put(f"rollout/{busy}", at=ago(minutes=1), version="1", users=3, state="new")
    lab.put("rollout/i-gone", at=ago(days=1), version="1", users=1, state="closing")
    started = lab.run("start", "--yes", "--deadline", "8h")
    assert started.exit_code == 0, started.exception
    rows = {line.split()[1]: line for line in started.output.splitlines() if "i-" in line}
    assert "sessions end" in rows[busy]
    assert "leaves before" in rows[idle]
    record = lab.record()
    assert (record["version"], record["state"], record["capacity"]) == ("2", "running", 2)
    left = datetime.fromisoformat(record["deadline"]) - datetime.now(UTC)
    assert timedelta(hours=7) < left <= timedelta(hours=8)
    assert "newer one" in record["sentence"]
    assert lab.group["DesiredCapacity"] == 4
    with pytest.raises(lab.ssm.exceptions.ParameterNotFound):  # of an instance that is long gone
        lab.ssm.get_parameter(Name=f"/jupyterhub/{lab.name}/rollout/i-gone")
    assert "is running since" in lab.refused("start", "--yes").message


def test_without_agreement_nothing_is_changed(lab: Deployed) -> None:
    lab.new_version()
    assert (
        "you did not agree" in lab.refused("start").message
        or "there is no terminal" in lab.refused("start").message
    )
    with pytest.raises(lab.ssm.exceptions.ParameterNotFound):
        lab.record()
    assert lab.group["DesiredCapacity"] == 2


def test_without_room_the_variable_is_named(lab: Deployed) -> None:
    lab.new_version()
    lab.autoscaling.update_auto_scaling_group(AutoScalingGroupName=lab.name, MaxSize=2)
    error = lab.refused("start", "--yes")
    assert "no room for a newer instance" in error.message
    assert "max_size" in error.remedy


def test_a_group_with_suspended_processes_is_refused(lab: Deployed) -> None:
    lab.new_version()
    lab.autoscaling.suspend_processes(AutoScalingGroupName=lab.name, ScalingProcesses=["Terminate"])
    assert "does not run Terminate" in lab.refused("start", "--yes").message


@pytest.mark.parametrize("deadline", ["soon", "0h", "2020-01-01"])
def test_a_deadline_that_is_none_is_refused_first(lab: Deployed, deadline: str) -> None:
    error = lab.refused("start", "--yes", "--deadline", deadline)
    assert isinstance(error, BadInputError)
    assert "--deadline" in error.message


def test_status_shows_every_instance_within_80_columns(lab: Deployed) -> None:
    lab.new_version()
    first, second = lab.ids
    assert lab.run("start", "--yes").exit_code == 0
    lab.put(f"rollout/{first}", at=ago(), version="1", users=2, state="closing", since=ago(minutes=7))
    shown = lab.run("status")
    assert shown.exit_code == UNDER_WAY
    assert max(map(len, shown.output.splitlines())) <= 80
    (row,) = [line for line in shown.output.splitlines() if first in line]
    assert all(part in row for part in (" 1 ", " 2 ", "closing", "7 min ago"))
    document = json.loads(lab.run("status", "--json").output)
    assert (document["old"], document["late"], document["launches"]) == (2, False, "2")
    states = {one["instance"]: one["state"] for one in document["instances"]}
    assert (states[first], states[second]) == ("closing", "old")
    assert sorted(state for state in states.values() if state not in ("closing", "old")) == ["starting"] * 2


def test_a_rollout_that_does_not_move_says_why_and_fails_once_it_is_late(lab: Deployed) -> None:
    lab.new_version()
    first, _ = lab.ids
    lab.put("rollout", id="r", version="2", started=ago(hours=2), deadline=ago(minutes=5), state="running")
    lab.put(f"rollout/{first}", at=ago(), version="1", users=None, state="waiting")
    document = json.loads(lab.run("status", "--json").output)
    said = " ".join(document["problems"])
    assert "No word from" in said
    assert "No newer instance serves users" in said
    assert lab.run("status").exit_code == UNDER_WAY
    lab.put("rollout", id="r", version="2", started=ago(hours=2), deadline=ago(minutes=30), state="running")
    assert lab.run("status").exit_code == 1


def test_abort_ends_it_and_a_second_one_is_refused(lab: Deployed) -> None:
    lab.new_version()
    assert "none" in lab.refused("abort").message
    lab.run("start", "--yes")
    assert lab.run("abort").exit_code == 0
    assert lab.record()["state"] == "aborted"
    assert "aborted" in lab.refused("abort").message
    shown = lab.run("status")
    assert (shown.exit_code, "rollout start" in shown.output) == (0, True)


def test_a_group_that_is_not_there_is_named_with_what_to_give(lab: Deployed) -> None:
    stack = deployed_stack(lab.folder, stack="aws-lab", group="somewhere-else")
    error = CliRunner().invoke(command, ["status", "--stack", "aws-lab", "--folder", str(stack)]).exception
    assert isinstance(error, HubctlError)
    assert "there is no auto scaling group somewhere-else" in error.message
    assert "--var" in error.remedy
