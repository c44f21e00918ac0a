"""Which package imports which: the hubs share hub_common, know nothing of each other, and are complete on a node."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.hub_sources import COOKBOOKS, HUB_COMMON, LAB_HUB, SWARM_HUB
from tests.support.waiting import PATIENCE

PACKAGES = {
    "hub_common": (HUB_COMMON / "hub_common", {"swarm_hub", "lab_hub"}),
    "swarm_hub": (SWARM_HUB, {"lab_hub"}),
    "lab_hub": (LAB_HUB, {"swarm_hub"}),
}


def imported(file: Path) -> set[str]:
    """Return the packages that a file imports anywhere."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_none_that_is_not_beside_it_on_its_nodes(package: str) -> None:
    folder, others = PACKAGES[package]
    files = list(folder.rglob("*.py"))
    assert len(files) > 8
    assert {str(file): found for file in files if (found := imported(file) & others)} == {}


def on_a_node(folder: Path, hub: Path) -> Path:
    """Return a folder as the resource hub_common_code fills it: configuration, the hub's package, the shared one."""
    for source in (hub, HUB_COMMON):
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize(
    ("hub", "beside"),
    [(SWARM_HUB, []), (LAB_HUB, [COOKBOOKS / "jupyterhub_lab/files/default"])],
    ids=["swarm_hub", "lab_hub"],
)
def test_every_module_is_imported_from_the_folder_on_the_node(
    tmp_path: Path, hub: Path, beside: list[Path]
) -> None:
    folder = on_a_node(tmp_path / "hub", hub)
    modules = [
        ".".join(file.relative_to(folder).with_suffix("").parts)
        for package in folder.iterdir()
        if package.is_dir()
        for file in package.glob("*.py")
        if file.stem != "__init__"
    ]
    assert len(modules) > 25
    script = f"import importlib\nfor name in {modules!r}:\n    importlib.import_module(name)\n"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [folder, *beside]))}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
