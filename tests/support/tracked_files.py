"""The files that git tracks, for tests that hold all of them to a rule."""

import subprocess
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE


def tracked_files(project: Path) -> list[Path]:
    """Return the tracked files that are there; skip the test where the project is not a git checkout."""
    command = ["git", "ls-files", "-z"]
    listing = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    return [project / name for name in listing.stdout.split("\0") if name and (project / name).is_file()]
