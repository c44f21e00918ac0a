"""The order of a destroy, and what is said when it stops half-way; with a stand-in of Terraform."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.terraform.plan import Plan, ResourceChange
from hubctl.destroy.run import Destroyed, DestroyProspect, DestroyRequest, destroy
from tests.unit.hubctl.destroy.calls import Calls

HOMES, VPC = "aws_efs_file_system.homes", "aws_vpc.lab"


class StandIn:
    """Terraform with a file system and a VPC in its state, which writes down its calls."""

    def __init__(self, folder: Path, *, fails: bool = False, stubborn: bool = False) -> None:
        self.folder = self.own = folder
        self.copies: list[Path] = []
        self.there = [HOMES, VPC]
        self.done: list[str] = []
        self._fails = fails
        self._stubborn = stubborn
        (folder / "cdk.tf.json").write_text(json.dumps({"resource": {}}), encoding="utf-8")

    def at(self, folder: Path) -> "StandIn":
        inside = copy.copy(self)  # with the same lists
        inside.folder = folder
        self.copies.append(folder)
        return inside

    def init(self, *, reconfigure: bool) -> None:
        assert reconfigure

    def stored_state(self) -> dict[str, Any]:
        kinds = [address.split(".") for address in self.there]
        instances = [{"attributes": {"id": "fs-1"}}]
        resources = [
            {"mode": "managed", "type": kind, "name": name, "instances": instances} for kind, name in kinds
        ]
        return {"version": 4, "resources": resources}

    def plan(self, *, destroy: bool, out: Path | None = None) -> Plan:
        assert destroy
        assert list(self.folder.glob("*_override.tf.json")), "Terraform would refuse"
        assert not list(self.own.glob("*_override.tf.json")), "the operator's folder is written to"
        self.done.append("plan" if out is None else "plan the rest")
        changes = [
            ResourceChange(address=address, type=address.split(".")[0], mode="managed", actions=("delete",))
            for address in self.there
        ]
        return Plan(changes=tuple(changes))

    def pull_state(self) -> str:
        self.done.append("save")
        return json.dumps({"resources": self.there})

    def forget(self, addresses: list[str]) -> None:
        self.done.append(f"forget {' '.join(addresses)}")
        if not self._stubborn:
            self.there[:] = [address for address in self.there if address not in addresses]

    def apply(self, plan: Path, **_: Any) -> None:
        assert plan
        self.done.append("destroy")
        if self._fails:
            (self.folder / "errored.tfstate").write_text("unstored", encoding="utf-8")
            raise HubctlError("terraform apply failed", remedy="Read it.")
        self.there.clear()


def run(
    terraform: StandIn,
    folder: Path,
    *,
    agree: bool = True,
    stack: str = "aws-lab",
    said: list[str] | None = None,
) -> Destroyed | None:
    request = DestroyRequest(
        stack=stack,
        delete_homes=False,
        delete_backups=False,
        saved=folder / "saved",
        adoption=folder / "adoption",
    )
    size = {"FileSystems": [{"SizeInBytes": {"Value": 2**20}}]}
    names = [{"Name": "/chef-hub/worker-i-1/status"}, {"Name": "/chef-hub/hub/login/client-secret"}]
    calls = Calls(describe_file_systems=size, describe_parameters=[{"Parameters": names}])

    def asked(prospect: DestroyProspect) -> bool:
        assert [one.address for one in prospect.decision.kept] == [HOMES]
        assert prospect.resources == 1
        return agree

    lines = said if said is not None else []
    outcome = destroy(request, terraform, calls, agree=asked, say=lines.append)  # type: ignore[arg-type]
    lines += [f"{operation} {arguments}" for operation, arguments in calls.made]
    return outcome


def test_the_state_is_saved_before_anything_changes_and_homes_are_let_go_of(tmp_path: Path) -> None:
    terraform = StandIn(tmp_path)
    outcome = run(terraform, tmp_path)
    assert terraform.done == ["plan", "save", f"forget {HOMES}", "plan the rest", "destroy"]
    assert outcome is not None
    assert HOMES in outcome.saved_state.read_text(encoding="utf-8")
    assert outcome.imports is not None
    imports = json.loads(outcome.imports.read_text(encoding="utf-8"))["imports"]
    assert imports == [{"to": HOMES, "id": "fs-1"}]
    assert [folder for folder in terraform.copies if folder.parent.exists()] == []


def test_a_no_changes_nothing(tmp_path: Path) -> None:
    terraform = StandIn(tmp_path)
    assert run(terraform, tmp_path, agree=False) is None
    assert terraform.done == ["plan"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cdk.tf.json"]


def test_an_empty_state_is_nothing_to_destroy(tmp_path: Path) -> None:
    terraform = StandIn(tmp_path)
    terraform.there = []
    assert run(terraform, tmp_path) is None
    assert terraform.done == []


def test_a_failure_half_way_says_what_is_still_there_and_can_be_repeated(tmp_path: Path) -> None:
    terraform, said = StandIn(tmp_path, fails=True), []  # type: ignore[var-annotated]
    with pytest.raises(HubctlError, match="terraform apply failed") as error:
        run(terraform, tmp_path, said=said)
    assert "run the same command again" in error.value.remedy
    text = "\n".join(said)
    assert "1 resources are still in the state" in text
    assert "file system fs-1: kept, let go of" in text
    assert "the state as it was before: " in text
    (unstored,) = (tmp_path / "saved").glob("*errored.tfstate")
    assert (unstored.read_text(encoding="utf-8"), unstored.stat().st_mode & 0o777) == ("unstored", 0o600)
    assert f"terraform state push {unstored}" in text


def test_nothing_is_destroyed_while_terraform_still_holds_what_is_kept(tmp_path: Path) -> None:
    terraform = StandIn(tmp_path, stubborn=True)
    with pytest.raises(HubctlError, match=f"would still delete {HOMES}"):
        run(terraform, tmp_path)
    assert "destroy" not in terraform.done


def test_parameters_of_nodes_go_and_those_of_operators_stay(tmp_path: Path) -> None:
    said: list[str] = []
    outcome = run(StandIn(tmp_path), tmp_path, stack="chef-hub", said=said)
    assert outcome is not None
    assert outcome.parameters_kept == ("/chef-hub/hub/login/client-secret",)
    assert "delete_parameters {'Names': ['/chef-hub/worker-i-1/status']}" in said
