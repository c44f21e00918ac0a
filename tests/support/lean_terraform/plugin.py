"""A pytest plugin with the lean Terraform; ``--whole-provider`` has all tests run Terraform as it is."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lean_terraform.command import first_on_path, lean_terraform


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--whole-provider", action="store_true", help="every Terraform loads all schemas of the provider"
    )


@pytest.fixture(scope="session")
def lean_commands(request: pytest.FixtureRequest) -> Iterator[Path | None]:
    """The folder with the lean Terraform, started once; None with ``--whole-provider``."""
    if request.config.getoption("--whole-provider"):
        yield None
        return
    with lean_terraform() as commands:
        yield commands


@pytest.fixture(scope="module")
def lean(lean_commands: Path | None) -> Iterator[None]:
    """The tests of this module run the lean Terraform."""
    if lean_commands is None:
        yield
        return
    with first_on_path(lean_commands):
        yield


@pytest.fixture
def whole_provider(lean_commands: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """This test runs Terraform as it is."""
    if lean_commands is not None:
        monkeypatch.setenv("PATH", os.environ["PATH"].removeprefix(f"{lean_commands}:"))
