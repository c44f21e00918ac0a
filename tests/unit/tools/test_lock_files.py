"""Lock files that name no index."""

import json
import os
from pathlib import Path

import pytest

from tools import lock_files
from tools.lock_files import neutral_package_lock, neutral_pipfile_lock

PIPFILE_LOCK = {
    "_meta": {
        "hash": {"sha256": "1"},
        "sources": [{"name": "here", "url": "https://index.example.test/simple"}],
    },
    "default": {"one": {"hashes": ["sha256:2"], "index": "here", "version": "==1"}},
    "develop": {"two": {"hashes": ["sha256:3"], "version": "==2"}},
}
PACKAGE_LOCK = {
    "name": "x",
    "packages": {
        "": {"name": "x"},
        "node_modules/a": {"integrity": "sha512-", "resolved": "https://a.test/a.tgz"},
    },
}


def test_sources_and_indexes_are_left_out_and_hashes_kept() -> None:
    assert neutral_pipfile_lock(PIPFILE_LOCK) == {
        "_meta": {"hash": {"sha256": "1"}, "sources": []},
        "default": {"one": {"hashes": ["sha256:2"], "version": "==1"}},
        "develop": {"two": {"hashes": ["sha256:3"], "version": "==2"}},
    }


def test_addresses_are_left_out_and_checksums_kept() -> None:
    packages = neutral_package_lock(PACKAGE_LOCK)["packages"]
    assert packages == {"": {"name": "x"}, "node_modules/a": {"integrity": "sha512-"}}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose pipenv and npm write locks that name an index."""
    checkov = tmp_path / "tools/checkov"
    checkov.mkdir(parents=True)
    for folder in (tmp_path, checkov):
        (folder / "Pipfile.lock").write_text("{}")
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "package.json").write_text("{}")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, file, content in (
        ("pipenv", "Pipfile.lock", PIPFILE_LOCK),
        ("npm", "package-lock.json", PACKAGE_LOCK),
    ):
        tool = tools / name
        tool.write_text(
            f"""#!/bin/sh
if [ "$1" = --version ]; then echo "pipenv, version 2026.1.0"; exit; fi
cat >{file} <<'END'
{json.dumps(content)}
END
"""
        )
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setattr(lock_files, "ROOT", tmp_path)
    monkeypatch.setattr(lock_files, "CHECKOV", checkov)
    monkeypatch.setattr("tools.setup.running.ROOT", tmp_path)
    monkeypatch.setattr("tools.setup.running.LOGS", tmp_path / "logs")
    return tmp_path


def test_all_locks_are_renewed(project: Path) -> None:
    assert lock_files.main() == 0
    for name in ("Pipfile.lock", "tools/checkov/Pipfile.lock"):
        assert json.loads((project / name).read_text()) == neutral_pipfile_lock(PIPFILE_LOCK)
    assert json.loads((project / "package-lock.json").read_text()) == neutral_package_lock(PACKAGE_LOCK)


def test_a_failure_leaves_all_locks_as_they_were(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "bin" / "npm").write_text("#!/bin/sh\necho no network; exit 1\n")
    assert lock_files.main() == 1
    assert (project / "Pipfile.lock").read_text() == "{}"
    assert (project / "tools/checkov/Pipfile.lock").read_text() == "{}"
    assert (project / "package-lock.json").read_text() == "{}"
    assert "no network" in capsys.readouterr().err
