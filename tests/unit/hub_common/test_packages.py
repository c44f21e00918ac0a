"""Which package imports which: the hubs share hub_common, and know nothing of each other."""

import ast
from pathlib import Path

import pytest

from stacks.hub_sources import HUB_COMMON, LAB_HUB, SWARM_HUB

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
