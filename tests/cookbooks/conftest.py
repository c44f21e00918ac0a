"""The tools of the cookbooks' tests: they must be there, because a skipped test would hide a broken cookbook."""

import shutil
from pathlib import Path

import pytest

from tests.cookbooks.program_host import Host


def _tool(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.fail(
            f"{name} is not on PATH, and the cookbooks cannot be tested without it: "
            f"`make system-packages` installs it (the Debian package {package})",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def ruby() -> str:
    """The Ruby interpreter."""
    return _tool("ruby", "ruby")


@pytest.fixture(scope="session")
def rspec() -> str:
    """RSpec's command."""
    return _tool("rspec", "ruby-rspec")


@pytest.fixture(scope="session")
def cookbooks(project: Path) -> Path:
    """The folder of the cookbooks."""
    return project / "cookbooks"


@pytest.fixture
def host(tmp_path: Path, cookbooks: Path) -> Host:
    """A host with the programs of all cookbooks."""
    return Host(tmp_path, cookbooks)
