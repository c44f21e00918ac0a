"""The set-up's work: steps side by side, only what is needed, and one set-up at a time."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from tests.support.waiting import PATIENCE
from tools.setup import install as install_module
from tools.setup.install import install
from tools.setup.stamps import fingerprints

# Holds the lock until it is written a line
HOLD = """
import sys, time
from pathlib import Path
from tools.setup.install import only_one
with only_one(Path(sys.argv[1])):
    print("held", time.monotonic(), flush=True)
    sys.stdin.readline()
    print("released", time.monotonic(), flush=True)
"""


@pytest.mark.usefixtures("project_copy")
def test_only_what_is_missing_is_installed_and_one_failure_stops_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[str] = []

    def failing(_: str, __: threading.Event) -> None:
        called.append("node")
        raise HubctlError("npm failed", remedy="look at the network")

    def slow(_: str, stop: threading.Event) -> None:
        called.append("python")
        if not stop.wait(PATIENCE):
            pytest.fail("was not stopped")
        raise HubctlError("Python packages: stopped", remedy="")

    monkeypatch.setattr(install_module, "install_node_packages", failing)
    monkeypatch.setattr(install_module, "install_python_packages", slow)
    failures = install(fingerprints(), download=False)
    assert [failure.message for failure in failures] == ["npm failed"]
    assert sorted(called) == ["node", "python"]

    called.clear()
    monkeypatch.setattr(install_module, "is_done", lambda name, _: name != "node")
    install(fingerprints(), download=False)
    assert called == ["node"]


def hold(project: Path, folder: Path) -> subprocess.Popen[str]:
    """Start a program that holds the lock until it is written a line."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=project,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> tuple[str, float]:
    """Return what a program says next, and when it said it, on a clock that all programs share."""
    assert process.stdout is not None
    word, moment = process.stdout.readline().split()
    return word, float(moment)


def release(process: subprocess.Popen[str]) -> None:
    """Let a program give the lock back."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_a_second_set_up_waits_and_says_so(project: Path, tmp_path: Path) -> None:
    with hold(project, tmp_path / "tools") as first:
        assert said(first)[0] == "held"
        with hold(project, tmp_path / "tools") as second:
            assert second.stderr is not None
            assert "waiting for it" in second.stderr.readline()
            release(first)
            word, released = said(first)
            assert word == "released"
            word, held = said(second)
            assert word == "held"
            assert held >= released
            release(second)


def test_the_lock_goes_with_its_holder(project: Path, tmp_path: Path) -> None:
    with hold(project, tmp_path) as killed:
        assert said(killed)[0] == "held"
        killed.kill()
    with hold(project, tmp_path) as second:
        assert second.communicate("go\n")[1] == ""
