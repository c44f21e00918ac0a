"""Packages go into the project's environment, whatever the operator's environment says."""

from pathlib import Path

import pytest

from tools.setup.packages import clean_environment


def test_what_leads_packages_elsewhere_is_taken_out(
    monkeypatch: pytest.MonkeyPatch, project_copy: Path
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere/else")
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    monkeypatch.setenv("PIP_USER", "1")
    environment = clean_environment()
    assert not {"VIRTUAL_ENV", "PYTHONPATH", "PIP_USER"} & environment.keys()
    assert environment["PIPENV_VENV_IN_PROJECT"] == "1"
    assert environment["PIPENV_PIPFILE"] == str(project_copy / "Pipfile")
