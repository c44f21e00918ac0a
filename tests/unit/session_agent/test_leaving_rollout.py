"""A rollout, carried out by the agents of a group's instances on the local AWS, a run of each at a time."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hubctl.trial.aws.server import LocalAws
from session_agent.__main__ import main
from tests.unit.session_agent.conftest import TOKEN, FakeHub, FakeMetadata

SENTENCE = "This machine is being replaced; it ends at six."


class Machine:
    """An instance with its own hub, and runs of its agent."""

    def __init__(self, fleet: "Fleet", instance_id: str) -> None:
        self.id = instance_id
        self._fleet = fleet
        self.folder = fleet.folder / instance_id
        self.folder.mkdir()
        (self.folder / "token").write_text(TOKEN)
        self.hub, self.metadata = FakeHub(), FakeMetadata()
        self.metadata.values["instance-id"] = instance_id

    @property
    def sentence(self) -> str | None:
        flag = self.folder / "run/draining"
        return flag.read_text() if flag.exists() else None

    def run(self) -> None:
        self._fleet.monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", self.metadata.url)
        (self.folder / "instance.json").write_text(json.dumps(self._fleet.settings))
        given = {"settings": "instance.json", "run-folder": "run", "token-file": "token", "bridge": "bridge"}
        options = [f"--{name}={self.folder / file}" for name, file in given.items()]
        assert main([*options, f"--hub-url={self.hub.url}/hub/api"]) == 0

    def stop(self) -> None:
        self.hub.stop()
        self.metadata.stop()


class Fleet:
    """A group on a launch template, and what an operator does."""

    def __init__(
        self,
        aws: LocalAws,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        *,
        desired: int,
        largest: int,
    ) -> None:
        self.folder, self.monkeypatch, self.name = folder, monkeypatch, name
        self.ec2, self.autoscaling, self.ssm, self.cloudwatch = (
            aws.client(one) for one in ("ec2", "autoscaling", "ssm", "cloudwatch")
        )
        self.machines: dict[str, Machine] = {}
        self.ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "t3.micro"},
        )
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "1"},
            MinSize=1,
            DesiredCapacity=desired,
            MaxSize=largest,
            AvailabilityZones=["us-east-1a"],
        )
        self.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=desired)
        self.settings = {
            "region": aws.region,
            "autoscaling_group": name,
            "hub_port": 8000,
            "metric": {"namespace": "JupyterHub/Lab", "name": "UserSessions"},
            "lifecycle_hook": None,
            "drain_timeout_seconds": 600,
            "parameter_prefix": f"/jupyterhub/{name}",
        }

    def new_version(self) -> None:
        self.ec2.create_launch_template_version(
            LaunchTemplateName=self.name,
            SourceVersion="1",
            LaunchTemplateData={"InstanceType": "t3.small"},
        )
        self.ec2.modify_launch_template(LaunchTemplateName=self.name, DefaultVersion="2")
        self.autoscaling.update_auto_scaling_group(
            AutoScalingGroupName=self.name, LaunchTemplate={"LaunchTemplateName": self.name, "Version": "2"}
        )

    def record(self, **changed: Any) -> None:
        started = datetime.now(UTC)
        document = {
            "id": "r1",
            "version": "2",
            "started": started.isoformat(),
            "deadline": (started + timedelta(hours=8)).isoformat(),
            "state": "running",
            "sentence": SENTENCE,
            "capacity": self.group["DesiredCapacity"],
        }
        known = self.parameter("rollout") or {}
        self.ssm.put_parameter(
            Name=f"/jupyterhub/{self.name}/rollout",
            Value=json.dumps({**document, **known, **changed}),
            Type="String",
            Overwrite=True,
        )

    def parameter(self, name: str) -> dict[str, Any] | None:
        try:
            found = self.ssm.get_parameter(Name=f"/jupyterhub/{self.name}/{name}")
        except self.ssm.exceptions.ParameterNotFound:
            return None
        document: dict[str, Any] = json.loads(found["Parameter"]["Value"])
        return document

    @property
    def group(self) -> Any:
        return self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])[
            "AutoScalingGroups"
        ][0]

    def of_version(self, version: str) -> list[Machine]:
        found = []
        for one in self.group["Instances"]:
            if one["LaunchTemplate"]["Version"] == version:
                if one["InstanceId"] not in self.machines:
                    self.machines[one["InstanceId"]] = Machine(self, one["InstanceId"])
                found.append(self.machines[one["InstanceId"]])
        return sorted(found, key=lambda machine: machine.id)

    def minute(self) -> None:
        """Let every agent run once."""
        for machine in [*self.of_version("1"), *self.of_version("2")]:
            if machine.id in [one["InstanceId"] for one in self.group["Instances"]]:
                machine.run()

    def metric(self, name: str) -> float:
        now = datetime.now(UTC)
        (point,) = self.cloudwatch.get_metric_statistics(
            Namespace="JupyterHub/Lab",
            MetricName=name,
            Dimensions=[{"Name": "AutoScalingGroupName", "Value": self.name}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=7200,
            Statistics=["Maximum"],
        )["Datapoints"]
        return float(point["Maximum"])

    def stop(self) -> None:
        for machine in self.machines.values():
            machine.stop()
        self.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=self.name, ForceDelete=True)
        self.ec2.delete_launch_template(LaunchTemplateName=self.name)


Make = Callable[..., Fleet]


@pytest.fixture
def fleet(
    scaling_aws: LocalAws,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Make]:
    for name, value in scaling_aws.environment().items():
        monkeypatch.setenv(name, value)
    made: list[Fleet] = []

    def make(*, desired: int = 1, largest: int = 4) -> Fleet:
        name = request.node.name.replace("_", "-")[:60]
        made.append(Fleet(scaling_aws, tmp_path, monkeypatch, name, desired=desired, largest=largest))
        return made[0]

    yield make
    for one in made:
        one.stop()


def test_the_old_instance_closes_when_a_new_one_serves_and_leaves_when_it_is_empty(fleet: Make) -> None:
    lab = fleet()
    (old,) = lab.of_version("1")
    old.hub.log_in("user")
    lab.new_version()
    old.run()
    assert old.sentence is None
    assert lab.group["DesiredCapacity"] == 1  # a new version alone replaces nothing
    lab.record()
    old.run()
    assert lab.group["DesiredCapacity"] == 2
    assert old.sentence is None  # the others do not serve yet
    assert (lab.parameter(f"rollout/{old.id}") or {})["state"] == "waiting"
    (new,) = lab.of_version("2")
    new.hub.broken = (503, "starting")
    lab.minute()
    assert old.sentence is None  # in service as auto scaling sees it, but its hub does not answer yet
    new.hub.broken = None
    new.run()
    old.run()
    assert old.sentence == SENTENCE
    assert new.sentence is None
    said = lab.parameter(f"rollout/{old.id}") or {}
    assert (said["state"], said["users"], said["version"]) == ("closing", 1, "1")
    for _ in range(3):
        lab.minute()
    assert [machine.id for machine in lab.of_version("1")] == [old.id]  # a user works there
    old.hub.users.clear()
    lab.minute()
    assert lab.of_version("1") == []
    assert lab.group["DesiredCapacity"] == 1
    new.run()
    assert (lab.parameter("rollout") or {})["state"] == "done"


def test_users_who_stay_until_the_deadline_do_not_stop_it(fleet: Make) -> None:
    lab = fleet()
    (old,) = lab.of_version("1")
    old.hub.log_in("user")
    lab.new_version()
    lab.record()
    old.run()
    lab.of_version("2")[0].run()
    old.run()
    old.run()
    assert lab.of_version("1") == [old]
    lab.record(deadline=(datetime.now(UTC) - timedelta(seconds=1)).isoformat())
    old.run()
    assert lab.of_version("1") == []
    assert lab.group["DesiredCapacity"] == 1


def test_with_a_broken_image_old_instances_stay_even_after_the_deadline_and_the_metric_says_so(
    fleet: Make,
) -> None:
    lab = fleet()
    (old,) = lab.of_version("1")
    lab.new_version()
    lab.record(deadline=(datetime.now(UTC) - timedelta(hours=1)).isoformat())
    old.run()
    (new,) = lab.of_version("2")
    new.hub.broken = (503, "")
    for _ in range(3):
        lab.minute()
    assert lab.of_version("1") == [old]
    assert old.sentence is None
    assert lab.metric("RolloutLate") == 1.0
    assert lab.metric("HubSilent") == 1.0


def test_an_abort_lets_users_in_again(fleet: Make) -> None:
    lab = fleet()
    (old,) = lab.of_version("1")
    old.hub.log_in("user")
    lab.new_version()
    lab.record()
    old.run()
    lab.of_version("2")[0].run()
    old.run()
    assert old.sentence == SENTENCE
    lab.record(state="aborted")
    old.hub.users.clear()
    lab.minute()
    assert old.sentence is None
    lab.minute()
    assert lab.of_version("1") == [old]


def test_several_old_instances_close_only_as_fast_as_newer_ones_take_over(fleet: Make) -> None:
    lab = fleet(desired=3, largest=4)
    olds = lab.of_version("1")
    for old in olds:
        old.hub.log_in("user")
    lab.new_version()
    lab.record()
    open_at_least = 3
    for _ in range(30):
        lab.minute()
        takes = [
            one for one in lab.of_version("2") if one.sentence is None and lab.parameter(f"rollout/{one.id}")
        ]
        takes += [one for one in lab.of_version("1") if one.sentence is None]
        assert len(takes) >= open_at_least
        assert len(lab.group["Instances"]) <= 4
        for old in lab.of_version("1"):
            if old.sentence:
                old.hub.users.clear()
        if (lab.parameter("rollout") or {})["state"] == "done":
            break
    assert (lab.parameter("rollout") or {})["state"] == "done"
    assert lab.of_version("1") == []
    assert lab.group["DesiredCapacity"] == 3


def test_with_room_for_all_all_close_at_once_and_the_capacity_ends_where_it_began(fleet: Make) -> None:
    lab = fleet(desired=2, largest=4)
    lab.new_version()
    lab.record()
    for old in lab.of_version("1"):
        old.hub.log_in("user")
    lab.minute()
    assert lab.group["DesiredCapacity"] == 4
    lab.minute()
    lab.minute()
    assert [old.sentence for old in lab.of_version("1")] == [SENTENCE] * 2
    # Users bring an instance more meanwhile: it stays.
    lab.autoscaling.update_auto_scaling_group(AutoScalingGroupName=lab.name, MaxSize=6)
    lab.autoscaling.set_desired_capacity(AutoScalingGroupName=lab.name, DesiredCapacity=5)
    for old in lab.of_version("1"):
        old.hub.users.clear()
    lab.minute()
    lab.minute()
    assert lab.of_version("1") == []
    assert lab.group["DesiredCapacity"] == 3


def test_scaling_in_takes_no_newer_instance_while_old_ones_are_there(fleet: Make) -> None:
    """In a Lab with few users the lower alarm is on all the time: the capacity that a rollout asks for is taken back at once."""
    lab = fleet()
    (old,) = lab.of_version("1")
    old.hub.log_in("user")
    old.run()
    lab.new_version()
    lab.record()
    old.run()
    (new,) = lab.of_version("2")
    old.run()
    lab.autoscaling.set_desired_capacity(AutoScalingGroupName=lab.name, DesiredCapacity=1)
    for _ in range(2):
        lab.minute()
        lab.autoscaling.set_desired_capacity(AutoScalingGroupName=lab.name, DesiredCapacity=1)
    assert lab.of_version("2") == [new]
    assert old.sentence == SENTENCE
    old.hub.users.clear()
    lab.minute()
    lab.minute()
    assert [machine.id for machine in lab.of_version("1") + lab.of_version("2")] == [new.id]
    assert lab.group["DesiredCapacity"] == 1
    new.run()
    assert not lab.group["Instances"][0]["ProtectedFromScaleIn"]  # scaling has it back


def test_an_instance_without_a_word_is_ended_by_a_newer_one(fleet: Make) -> None:
    """Its agent is of before rollouts: it protects its users, and says nothing of itself."""
    lab = fleet()
    (old,) = lab.of_version("1")
    lab.autoscaling.set_instance_protection(
        AutoScalingGroupName=lab.name, InstanceIds=[old.id], ProtectedFromScaleIn=True
    )
    lab.new_version()
    lab.record(started=(datetime.now(UTC) - timedelta(minutes=11)).isoformat())
    lab.autoscaling.set_desired_capacity(AutoScalingGroupName=lab.name, DesiredCapacity=2)
    (new,) = lab.of_version("2")
    new.run()
    new.run()
    assert lab.of_version("1") == [old]
    lab.autoscaling.set_instance_protection(
        AutoScalingGroupName=lab.name, InstanceIds=[old.id], ProtectedFromScaleIn=False
    )
    new.run()
    assert lab.of_version("1") == []
    assert lab.group["DesiredCapacity"] == 1


def test_ssm_that_is_away_leaves_a_closed_instance_closed(fleet: Make) -> None:
    lab = fleet()
    (old,) = lab.of_version("1")
    old.hub.log_in("user")
    lab.new_version()
    lab.record()
    old.run()
    lab.of_version("2")[0].run()
    old.run()
    assert old.sentence == SENTENCE
    lab.ssm.put_parameter(
        Name=f"/jupyterhub/{lab.name}/rollout", Value="no record", Type="String", Overwrite=True
    )
    with pytest.raises(AssertionError):  # the run fails, and says so
        old.run()
    assert old.sentence == SENTENCE
