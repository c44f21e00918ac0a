"""References to variables are typed: a wrong name, or a wrong type, is an error that mypy finds."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE

PROGRAM = """
from stacks.variables import AwsLabVariables

def threshold(variables: AwsLabVariables) -> float:
    return variables.{}
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


@pytest.mark.parametrize(
    ("reference", "mistake"),
    [
        ("scale_up_threshold", ""),
        ("scale_up_treshold", '"AwsLabVariables" has no attribute "scale_up_treshold"'),
        ("deployer_ip", '"AwsLabVariables" has no attribute "deployer_ip"'),
        ("region", 'Incompatible return value type (got "str", expected "float")'),
    ],
)
def test_mypy_knows_each_reference_and_its_type(
    project: Path, cache: Path, tmp_path: Path, reference: str, mistake: str
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(reference), encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(cache), str(program)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (checked.returncode != 0) == bool(mistake), checked.stdout
    assert mistake in checked.stdout
