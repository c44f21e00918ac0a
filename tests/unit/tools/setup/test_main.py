"""``python3 -m tools.setup`` on a machine that lacks something: one report, and nothing is changed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from hubctl.core.project_folders import ROOT
from tests.support.waiting import PATIENCE

# No old Python can be counted on where the tests run: this one claims to be one.
CLAIM = """
import collections, runpy, sys
Version = collections.namedtuple("Version", "major minor micro releaselevel serial")
sys.version_info, sys.version = Version(3, 6, 9, "final", 0), "3.6.9 (default)"
sys.path.insert(0, ".")
runpy.run_module({module!r}, run_name="__main__")
"""
SOURCES = ("hubctl", "stacks", "tools")
GOOD_NODE = "#!/bin/sh\necho v20.11.1\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources alone, so that this checkout's stamps cannot make the set-up skip its checks."""
    for source in (file for name in SOURCES for file in (ROOT / name).rglob("*.py")):
        target = tmp_path / "copy" / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    (tmp_path / "bin").mkdir()
    return tmp_path / "copy"


def run(copy: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in the copy, with the standard library alone and a PATH of the test's."""
    done = subprocess.run(
        [sys.executable, "-S", *arguments],
        cwd=copy,
        env={"PATH": str(copy.parent / "bin"), "HOME": str(copy.parent), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in copy.iterdir()) == sorted(SOURCES)
    return done


def test_nothing_is_changed_when_a_tool_is_missing(copy: Path) -> None:
    node = copy.parent / "bin" / "node"
    node.write_text(GOOD_NODE)
    node.chmod(0o755)
    done = run(copy, "-m", "tools.setup")
    assert done.returncode == 1
    assert "npm is not on PATH: install" in done.stderr
    assert "Terraform is not on PATH" in done.stderr
    assert "Node is not on PATH" not in done.stderr


@pytest.mark.parametrize("module", ["tools.setup", "tools.setup.system_packages"])
def test_an_old_python_says_in_one_line_what_it_needs(copy: Path, module: str) -> None:
    done = run(copy, "-c", CLAIM.format(module=module))
    assert done.returncode == 1
    assert done.stderr == (
        "Python 3.11 or newer is needed, found 3.6.9: install it, then: make setup PYTHON=/path/to/that/python3\n"
    )


@pytest.mark.parametrize("name", ["tools/__init__.py", "tools/setup/__init__.py"])
def test_what_an_old_python_reads_is_in_its_syntax(name: str) -> None:
    text = (ROOT / name).read_text()
    tree = ast.parse(text, feature_version=(3, 4))
    # The grammar of later versions that ``feature_version`` lets through
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.AnnAssign)]
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {ast.unparse(node) for node in imported} <= {"import sys"}
