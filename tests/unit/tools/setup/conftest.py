"""A project in a temporary folder, which the set-up works on instead of this one."""

from pathlib import Path

import pytest

from tools.setup import packages, running, stamps


@pytest.fixture
def project_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the files that the fingerprints are made of, and nothing installed."""
    for name in ("Pipfile.lock", "pyproject.toml", "package.json", "package-lock.json", ".npmrc"):
        (tmp_path / name).write_text(name)
    for module in (stamps, running, packages):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    for module in (stamps, packages):
        monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(stamps, "NODE_MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(stamps, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(running, "LOGS", tmp_path / "logs")
    return tmp_path
