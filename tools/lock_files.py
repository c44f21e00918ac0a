"""``python -m tools.lock_files``: renew the lock files without naming an index in them.

The index or registry that served the packages is decided by whoever installs them (by their pip and npm
settings), and a lock that names one fails behind a company mirror. Hashes stay: they bind the content.
"""

import json
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from hubctl.core.errors import HubctlError
from hubctl.core.files import write_whole
from hubctl.core.project_folders import ROOT
from tools.checkov.install import FOLDER as CHECKOV
from tools.checkov.install import checkov_environment
from tools.setup.packages import clean_environment, pipenv_command
from tools.setup.running import run_setup_step, say


def neutral_pipfile_lock(lock: dict[str, Any]) -> dict[str, Any]:
    """Return a Pipfile.lock's content without its sources and without the index of any package."""
    sections = {
        section: {
            name: {key: value for key, value in package.items() if key != "index"}
            for name, package in packages.items()
        }
        for section, packages in lock.items()
        if section != "_meta"
    }
    return {"_meta": {**lock["_meta"], "sources": []}, **sections}


def neutral_package_lock(lock: dict[str, Any]) -> dict[str, Any]:
    """Return a package-lock.json's content without the addresses its packages came from."""
    packages = {
        path: {key: value for key, value in package.items() if key != "resolved"}
        for path, package in lock["packages"].items()
    }
    return {**lock, "packages": packages}


def main() -> int:
    """Lock anew and rewrite the files; the old ones stay when anything fails."""
    stop = threading.Event()
    package_lock = ROOT / "package-lock.json"
    pipfile_locks = {
        ROOT / "Pipfile.lock": clean_environment(),
        CHECKOV / "Pipfile.lock": checkov_environment(),
    }
    before = {path: path.read_bytes() for path in (*pipfile_locks, package_lock)}
    remedy = "the lock files were left as they were; check the network and the index settings"
    try:
        for pipfile_lock, environment in pipfile_locks.items():
            run_setup_step(
                "Pipfile lock",
                [*pipenv_command(environment, stop), "lock"],
                remedy=remedy,
                environment=environment,
                stop=stop,
                folder=pipfile_lock.parent,
            )
        _lock_node_packages(package_lock, remedy, stop)
        for pipfile_lock in pipfile_locks:
            rewrite(pipfile_lock, neutral_pipfile_lock(json.loads(pipfile_lock.read_text())), indent=4)
        rewrite(package_lock, neutral_package_lock(json.loads(package_lock.read_text())), indent=2)
    except BaseException as error:
        for path, content in before.items():
            write_whole(path, content)
        if not isinstance(error, HubctlError):
            raise
        print(f"error: {error.message}\n       {error.remedy}", file=sys.stderr)
        return 1
    changed = [
        str(path.relative_to(ROOT)) for path, content in before.items() if path.read_bytes() != content
    ]
    say(f"changed: {', '.join(changed)}" if changed else "the locks are up to date")
    return 0


def _lock_node_packages(lock: Path, remedy: str, stop: threading.Event) -> None:
    """Lock the Node packages away from the project.

    Beside an installed node_modules, or when set to leave out addresses, npm leaves out the checksums as well.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copy(lock.with_name("package.json"), folder)
        options = ["--package-lock-only", "--omit-lockfile-registry-resolved=false", "--ignore-scripts"]
        run_setup_step(
            "Node lock",
            ["npm", "install", *options, "--no-audit", "--no-fund"],
            remedy=remedy,
            environment=dict(os.environ),
            stop=stop,
            folder=folder,
        )
        shutil.copy(folder / lock.name, lock)


def rewrite(path: Path, content: dict[str, Any], *, indent: int) -> None:
    """Write JSON as pipenv and npm do, so that a renewal shows only what changed."""
    write_whole(path, json.dumps(content, indent=indent, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
