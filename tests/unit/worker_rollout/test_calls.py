"""The command lines of a run: what the AWS CLI and Docker are asked and told."""

import json
from typing import Any

import pytest

from worker_rollout import __main__ as program
from worker_rollout import calls

OLD, NEW = "i-0aaaaaaaaaaaaaaaa", "i-0bbbbbbbbbbbbbbbb"
RECORD = {
    "id": "one",
    "version": "7",
    "state": "running",
    "started": "2026-01-01T00:00:00Z",
    "deadline": "2999-01-01T00:00:00Z",
    "capacity": 1,
    "sentence": "",
}


class Machine:
    """What the commands answer; every call that changes something is written down."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {"/chef-hub/rollout": RECORD}
        self.servers = ["chef-hub-network.x", "notebook-ada.1"]
        self.availability = "active"
        self.done: list[str] = []

    def run(self, *words: str) -> str:
        line = " ".join(words).replace("aws --region us-east-1 ", "").replace(" --output json", "")
        if line.startswith("ssm get-parameters"):
            names = words[words.index("--names") + 1 : -2]
            assert 1 <= len(names) <= 10
            found = [(name, self.parameters[name]) for name in names if name in self.parameters]
            return json.dumps({"Parameters": [{"Name": n, "Value": json.dumps(v)} for n, v in found]})
        if line.startswith("ssm put-parameter"):
            name, value = words[words.index("--name") + 1], words[words.index("--value") + 1]
            self.parameters[name] = json.loads(value)
            return "{}"
        if "describe-auto-scaling-groups" in line:
            instances = [
                {"InstanceId": one, "LifecycleState": "InService", "LaunchTemplate": {"Version": version}}
                for one, version in ((OLD, "6"), (NEW, "7"))
            ]
            sizes = {"DesiredCapacity": 2, "MaxSize": 3}
            return json.dumps({"AutoScalingGroups": [{**sizes, "Instances": instances}]})
        if line.startswith("docker node ls"):
            return "n1\nn2\n"
        if line.startswith("docker node inspect"):
            return json.dumps([self.node("n1", OLD, self.availability), self.node("n2", NEW, "active")])
        if line.startswith("docker node ps"):
            return "\n".join(self.servers if "n1" in words else [])
        self.done.append(line)
        return ""

    @staticmethod
    def node(identity: str, instance: str, availability: str) -> dict[str, Any]:
        return {
            "ID": identity,
            "Status": {"State": "ready"},
            "Spec": {"Availability": availability, "Labels": {"chef-hub.image-0123456789ab": "true"}},
            "Description": {"Engine": {"Labels": {"chef-hub.node": f"worker-{instance}"}}},
        }


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(calls, "run", machine.run)
    for name, value in (
        ("AWS_REGION", "us-east-1"),
        ("CHEF_HUB_PREFIX", "/chef-hub"),
        ("CHEF_HUB_AUTOSCALING_GROUP", "workers"),
    ):
        monkeypatch.setenv(name, value)
    return machine


def test_an_old_worker_is_paused_emptied_and_ended(machine: Machine) -> None:
    assert program.main() == 0
    assert machine.done == ["docker node update --availability pause n1"]
    said = machine.parameters[f"/chef-hub/rollout/{OLD}"]
    assert (said["state"], said["users"], said["version"]) == ("closing", 1, "6")
    assert machine.parameters[f"/chef-hub/rollout/{NEW}"]["state"] == "new"
    machine.availability, machine.servers, machine.done = "pause", [], []
    assert program.main() == 0
    assert machine.done == [
        "docker node update --availability drain n1",
        f"autoscaling terminate-instance-in-auto-scaling-group --instance-id {OLD} "
        "--should-decrement-desired-capacity",
    ]


def test_an_abort_is_done_once(machine: Machine) -> None:
    program.main()
    machine.availability, machine.done = "pause", []
    machine.parameters["/chef-hub/rollout"] = {**RECORD, "state": "aborted"}
    assert program.main() == 0
    assert machine.done == ["docker node update --availability active n1"]
    assert program.main() == 0
    assert len(machine.done) == 1  # who pauses it by hand afterwards keeps it paused


def test_without_a_rollout_aws_is_asked_once(machine: Machine) -> None:
    for parameters in ({}, {"/chef-hub/rollout": {**RECORD, "state": "done"}}):
        machine.parameters = parameters
        assert program.main() == 0
    assert machine.done == []


def test_the_record_is_closed_unless_the_operator_was_faster(machine: Machine) -> None:
    parameters = calls.Parameters("us-east-1", "/chef-hub")
    record = calls.read_record(RECORD)
    parameters.close(record, "done", "no old worker is left")
    assert machine.parameters["/chef-hub/rollout"]["state"] == "done"
    machine.parameters["/chef-hub/rollout"] = {**RECORD, "id": "another"}
    parameters.close(record, "done", "no old worker is left")
    assert machine.parameters["/chef-hub/rollout"]["state"] == "running"


@pytest.mark.parametrize(
    "broken", [{"id": "x"}, {**RECORD, "deadline": "soon"}, {**RECORD, "capacity": "many"}]
)
def test_a_record_that_cannot_be_used_is_told(
    machine: Machine, broken: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    machine.parameters = {"/chef-hub/rollout": broken}
    assert program.main() == 1
    assert "the record of the rollout cannot be used" in capsys.readouterr().err
    assert machine.done == []


def test_a_command_that_fails_says_which(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(calls.CallError, match="ls --no-such-option failed"):
        calls.run("ls", "--no-such-option")
    monkeypatch.delenv("AWS_REGION", raising=False)
    assert program.main() == 1
    assert "AWS_REGION and CHEF_HUB_PREFIX are not set" in capsys.readouterr().err
