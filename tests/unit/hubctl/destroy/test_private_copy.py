"""A private copy of the stack's folder, the saved state, and the imports for the next deployment."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.files import UnwrittenError
from hubctl.core.terraform.driver import Terraform
from hubctl.destroy.holdings import Holding
from hubctl.destroy.private_copy import OVERRIDE, private_copy, save_state, write_imports
from stacks.synthesis_place import LEFT_OVERRIDE

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
        LEFT_OVERRIDE: "{}",
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


HOMES = Holding(address="aws_efs_file_system.homes", kind="file system", id="fs-1", amount=1, unit="MiB")


def test_a_saved_state_is_its_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    path = save_state("{}", tmp_path / "new", "aws-lab", now)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UnwrittenError, match="exists"):
        save_state("other", tmp_path / "new", "aws-lab", now)
    assert path.read_text(encoding="utf-8") == "{}"


def test_imports_are_added_to_an_adoption_file_and_its_moves_dropped(tmp_path: Path) -> None:
    (tmp_path / "aws-lab.json").write_text(
        json.dumps(
            {
                "version": 1,
                "stack": "aws-lab",
                "settings": {"profile": "original"},
                "moves": [{"from": "module.a.aws_vpc.x", "to": "aws_vpc.lab"}],
                "imports": [
                    {"to": "aws_efs_file_system.homes", "id": "fs-old"},
                    {"to": "aws_vpc.lab", "id": "vpc-1"},
                    {"to": "aws_backup_vault.homes_backup", "id": "kept-before"},
                ],
            }
        ),
        encoding="utf-8",
    )
    path = write_imports(tmp_path, "aws-lab", [HOMES], gone={"aws_vpc.lab"})
    assert path is not None
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["settings"] == {"profile": "original"}
    assert written["imports"] == [
        {"to": "aws_backup_vault.homes_backup", "id": "kept-before"},
        {"to": "aws_efs_file_system.homes", "id": "fs-1"},
    ]
    assert written["moves"] == []


def test_homes_that_are_deleted_are_not_imported_any_more(tmp_path: Path) -> None:
    assert write_imports(tmp_path, "aws-lab", [], gone={HOMES.address}) is None
    write_imports(tmp_path, "aws-lab", [HOMES], gone=())
    path = write_imports(tmp_path, "aws-lab", [], gone={HOMES.address})
    assert path is not None
    assert "imports" not in json.loads(path.read_text(encoding="utf-8"))


def test_an_unreadable_adoption_file_is_left_alone_and_the_ids_are_named(tmp_path: Path) -> None:
    (tmp_path / "aws-lab.json").write_text("{", encoding="utf-8")
    with pytest.raises(HubctlError, match="cannot be added to") as error:
        write_imports(tmp_path, "aws-lab", [HOMES], gone=())
    assert "aws_efs_file_system.homes = fs-1" in error.value.remedy
    assert (tmp_path / "aws-lab.json").read_text(encoding="utf-8") == "{"
