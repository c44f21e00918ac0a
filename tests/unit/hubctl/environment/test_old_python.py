"""An old Python must be able to load what checks its version, and say that it is too old."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hubctl.core.project_folders import ROOT
from tests.support.waiting import PATIENCE

# Everything that `python3 -m tools.setup` imports before it has seen that Python is new enough
LOADED_BY_OLD_PYTHON = (
    "hubctl/__init__.py", "hubctl/core/__init__.py", "hubctl/core/errors.py", "hubctl/core/project_folders.py",
    "hubctl/core/tool_versions.py", "hubctl/core/terraform/__init__.py", "tools/__init__.py",
    *(
        f"tools/setup/{name}.py"
        for name in ("__init__", "__main__", "stamps", "system_packages")
    ),
    *(
        f"hubctl/core/terraform/{name}.py"
        for name in ("provider_mirror", "provider_search", "cli_configuration")
    ),
)  # fmt: skip
SIMPLE = {"str", "None", "int", "bool", "float"}


@pytest.mark.parametrize("name", LOADED_BY_OLD_PYTHON)
def test_syntax_and_annotations_are_old_enough(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text(), feature_version=(3, 6))
    annotations: list[ast.expr | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            annotations += [node.returns, *(argument.annotation for argument in arguments)]
        elif isinstance(node, ast.AnnAssign):
            annotations.append(node.annotation)
    # Evaluated when the module loads, `list[str]` and `X | None` would fail there
    for annotation in annotations:
        plain = isinstance(annotation, ast.Constant) or annotation is None
        assert plain or ast.unparse(annotation) in SIMPLE, ast.unparse(annotation)  # type: ignore[arg-type]


# No old Python can be counted on where the tests run: this one claims to be one.
CLAIM = """
import collections, runpy, sys
Version = collections.namedtuple("Version", "major minor micro releaselevel serial")
sys.version_info = Version(3, 6, 9, "final", 0)
sys.path.insert(0, ".")
runpy.run_module("tools.setup", run_name="__main__")
"""


def test_an_old_python_says_what_it_needs(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for part in ("hubctl", "tools"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    empty = tmp_path / "bin"
    empty.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", CLAIM],
        cwd=copy,
        env={"PATH": str(empty), "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed, found 3.6" in done.stderr
    assert "Node is not on PATH" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in copy.iterdir()) == ["hubctl", "tools"]
