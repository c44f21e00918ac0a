"""Programs that the checks need are named before the checks begin, all at once."""

from pathlib import Path

import pytest

from hubctl.environment import check_tools
from hubctl.environment.project import ROOT


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of one empty folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(check_tools, "_ADMINISTRATORS", str(tmp_path))
    return tmp_path


def install(folder: Path, name: str) -> None:
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)


def test_all_that_is_missing_is_named_with_its_package(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in set(check_tools.PROGRAMS) - {"dot", "rspec"}:
        install(path, name)
    assert check_tools.main([]) == 1
    said = capsys.readouterr().err
    assert "dot is not installed: on Debian it is in the package graphviz" in said
    assert "(graphviz ruby-rspec; .ci/apt-packages lists all packages)" in said
    assert said.count("is not installed") == 2


def test_linters_alone_are_enough_to_lint(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(path, "rubocop")
    assert check_tools.main(["lint"]) == 1
    install(path, "shellcheck")
    assert check_tools.main(["lint"]) == 0
    assert capsys.readouterr().err.count("is not installed") == 1


def test_ci_installs_every_package() -> None:
    text = (ROOT / ".ci/apt-packages").read_text(encoding="utf-8")
    packages = {line for line in text.splitlines() if line and not line.startswith("#")}
    assert set(check_tools.PROGRAMS.values()) <= packages
