"""The folder constructs/ and the PyPI package of that name: both halves of what constructs/README.md promises."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE


def run(code: str, *path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        cwd=path[0],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_the_folder_is_no_package(project: Path) -> None:
    assert not (project / "constructs" / "__init__.py").exists()


@pytest.mark.node
def test_the_name_constructs_means_the_library_that_cdktf_imports(project: Path) -> None:
    found = run("import constructs; print(constructs.__file__)", project, project / "constructs")
    assert Path(found.stdout.strip()).parent != project / "constructs", found.stderr
    assert "site-packages" in found.stdout


def test_with_an_init_file_cdktf_could_not_be_imported(tmp_path: Path) -> None:
    (tmp_path / "constructs").mkdir()
    (tmp_path / "constructs" / "__init__.py").touch()
    refused = run("import cdktf", tmp_path)
    assert refused.returncode != 0
    assert "constructs" in refused.stderr


def test_no_source_imports_our_modules_under_the_library_s_name(project: Path) -> None:
    for root in ("main.py", "stacks", "constructs", "hubctl", "tests"):
        folder = project / root
        for file in [folder] if folder.is_file() else folder.rglob("*.py"):
            for line in file.read_text(encoding="utf-8").splitlines():
                assert not line.startswith(("from constructs.", "import constructs.")), f"{file}: {line}"


def test_the_constructs_come_from_the_source_root(project: Path) -> None:
    package = importlib.import_module("hub_constructs")
    assert package.__file__ is not None
    assert Path(package.__file__).parent == project / "constructs" / "hub_constructs"
