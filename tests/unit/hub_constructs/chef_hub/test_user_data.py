"""User data: whole, within EC2's limit, and the prelude leaves the contract readable for root only."""

import base64
import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from hub_constructs.chef_hub.node import (
    AFTER_CONTRACT,
    BEFORE_CONTRACT,
    SCRIPTS,
    SCRIPTS_FOLDER,
)
from hub_constructs.chef_hub.node_contract import NODE_KINDS, NodeKind, told_at_launch

BASH = shutil.which("bash") or "bash"
# Before base64: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
LIMIT_BYTES = 16384


def user_data(kind: NodeKind, contract: dict[str, object]) -> str:
    """Join the parts as the Terraform expression does."""
    encoded = base64.b64encode(json.dumps(contract).encode()).decode()
    scripts = [(SCRIPTS_FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS[kind]]
    return "\n".join([BEFORE_CONTRACT, encoded, AFTER_CONTRACT, *scripts])


@pytest.fixture(scope="module")
def example(project: Path) -> dict[str, object]:
    golden = project / "cookbooks" / "contract" / "golden.json"
    document: dict[str, object] = json.loads(golden.read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_it_fits_into_the_limit_with_room_to_grow(kind: NodeKind, example: dict[str, object]) -> None:
    assert len(gzip.compress(user_data(kind, example).encode())) < LIMIT_BYTES * 0.75
    assert (
        len(gzip.compress(user_data(kind, {"chef_hub": told_at_launch(kind)}).encode())) < LIMIT_BYTES * 0.6
    )


@pytest.mark.parametrize("kind", NODE_KINDS)
def test_the_whole_is_one_valid_program(kind: NodeKind, example: dict[str, object]) -> None:
    finished = subprocess.run(
        [BASH, "-n"], input=user_data(kind, example), capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stderr) == (0, "")


def test_the_contract_lands_unchanged_and_only_its_owner_reads_it(
    example: dict[str, object], tmp_path: Path
) -> None:
    encoded = base64.b64encode(json.dumps(example).encode()).decode()
    prelude = "\n".join([BEFORE_CONTRACT, encoded, AFTER_CONTRACT]).replace(
        "/etc/chef-hub", str(tmp_path / "etc")
    )
    file = tmp_path / "etc" / "contract.json"
    written = set()
    for _ in range(2):
        subprocess.run([BASH], input=prelude, text=True, check=True)
        written.add(file.stat().st_mtime_ns)
    assert len(written) == 1, "a second run wrote the same contract again"
    assert json.loads(file.read_text(encoding="utf-8")) == example
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["contract.json"]


def test_every_script_belongs_to_a_kind_of_node() -> None:
    used = {name for scripts in SCRIPTS.values() for name in scripts}
    assert used == {path.name for path in SCRIPTS_FOLDER.glob("*.sh")}
