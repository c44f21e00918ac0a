"""The private copy in which a destroy plans: what it holds, where its state lies, and that the folder stays as it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import BadInputError
from hubctl.core.terraform.driver import Terraform
from hubctl.destroy.private_copy import OVERRIDE, private_copy
from stacks.synthesis_place import FILE

PROTECTED = {
    "aws_efs_file_system": {"homes": {"lifecycle": {"prevent_destroy": True, "ignore_changes": ["x"]}}},
    "aws_vpc": {"lab": {}},
}
LIFTED = {"aws_efs_file_system": {"homes": {"lifecycle": {"prevent_destroy": False}}}}
S3 = {"s3": {"bucket": "states", "key": "lab", "region": "us-east-1"}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack's folder after `terraform init` and an apply."""
    made = tmp_path / "aws-lab"
    files = {
        "cdk.tf.json": json.dumps({"resource": PROTECTED}),
        "assets/boot.sh": "boot",
        "assets/terraform.tfstate": "an asset of that name",
        "terraform.tfvars": "secret",
        "terraform.tfstate": "state",
        "terraform.tfstate.backup": "backup",
        FILE: "{}",
        ".terraform/environment": "blue",
        ".terraform/providers/aws": "provider",
        ".terraform.lock.hcl": "lock",
    }
    for name, text in files.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(Terraform, "init", lambda self, **_: (self.folder / "initialized").touch())
    return made


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def copied(folder: Path, rescued: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what lies in the copy, and its override."""
    before = contents(folder)
    with private_copy(Terraform(folder, {}), rescued, print) as inside:
        found = contents(inside.folder)
        assert inside.folder.parent.stat().st_mode & 0o777 == 0o700
        assert (inside.folder / ".terraform/providers/aws").read_text(encoding="utf-8") == "provider"
    assert contents(folder) == before
    assert not inside.folder.parent.exists()
    return found, json.loads(found[OVERRIDE])


def test_the_copy_holds_the_configuration_and_neither_state_nor_leftovers(
    folder: Path, tmp_path: Path
) -> None:
    found, override = copied(folder, tmp_path)
    assert set(found) == {
        "cdk.tf.json",
        "assets/boot.sh",
        "assets/terraform.tfstate",
        "terraform.tfvars",
        ".terraform/environment",
        ".terraform.lock.hcl",
        "initialized",
        OVERRIDE,
    }
    assert override["resource"] == LIFTED


@pytest.mark.parametrize(
    ("backend", "known", "path"),
    [
        (None, None, "{folder}/terraform.tfstate"),
        ({"local": {"path": "../lab.tfstate"}}, None, "{folder}/../lab.tfstate"),
        ({"local": {}}, {"type": "local", "config": {"path": "/srv/lab.tfstate"}}, "/srv/lab.tfstate"),
    ],
    ids=["none", "declared", "initialized"],
)
def test_a_local_state_stays_where_it_is(
    folder: Path, tmp_path: Path, backend: Any, known: Any, path: str
) -> None:
    terraform = {"backend": backend} if backend else {}
    (folder / "cdk.tf.json").write_text(json.dumps({"terraform": terraform}), encoding="utf-8")
    if known:
        (folder / ".terraform/terraform.tfstate").write_text(json.dumps({"backend": known}), encoding="utf-8")
    _, override = copied(folder, tmp_path)
    local = override["terraform"]["backend"]["local"]
    assert local == {
        "path": path.format(folder=folder),
        "workspace_dir": f"{folder}/terraform.tfstate.d",
    }


def test_a_state_elsewhere_is_reached_as_the_folder_was_initialized(folder: Path, tmp_path: Path) -> None:
    document = {"terraform": {"backend": S3}, "resource": PROTECTED}
    (folder / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
    known = json.dumps({"backend": {"type": "s3", "config": {"bucket": "given-at-init"}}})
    (folder / ".terraform/terraform.tfstate").write_text(known, encoding="utf-8")
    found, override = copied(folder, tmp_path)
    assert found[".terraform/terraform.tfstate"] == known
    assert override == {"resource": LIFTED}
    assert "initialized" not in found


def test_errors_name_the_operators_folder(folder: Path, tmp_path: Path) -> None:
    with private_copy(Terraform(folder, {"PATH": ""}), tmp_path, print) as inside:
        assert inside.at(tmp_path)._named == folder


def test_a_folder_without_a_stack_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(BadInputError, match="no synthesized stack"),
        private_copy(Terraform(tmp_path, {}), tmp_path, print),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
