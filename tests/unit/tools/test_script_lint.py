"""Which files count as shell scripts."""

import subprocess
from pathlib import Path

from hubctl.core.project_folders import ROOT
from tests.support.waiting import PATIENCE
from tools.script_lint import shell_scripts


def test_scripts_are_known_by_ending_or_first_line(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True, timeout=PATIENCE)  # noqa: S607
    for name, text in {
        "by-ending.sh": "echo",
        "by-env": "#!/usr/bin/env bash\n",
        "by-path": "#!/bin/sh -e\n",
        "python": "#!/usr/bin/env python3\n",
        "text": "bash\n",
        "empty": "",
        "ignored.sh": "echo",
        ".gitignore": "ignored.sh\n",
    }.items():
        (tmp_path / name).write_text(text)
    assert sorted(path.name for path in shell_scripts(tmp_path)) == ["by-ending.sh", "by-env", "by-path"]


def test_the_projects_own_are_found() -> None:
    assert ROOT / ".ci" / "run" in shell_scripts(ROOT)
