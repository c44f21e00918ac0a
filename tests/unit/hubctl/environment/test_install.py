"""The set-up's work: steps side by side, only what is needed, failures with what the tools said."""

import os
import re
import sys
import threading
from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from tests.support.waiting import PATIENCE
from tools.setup import install as install_module
from tools.setup import packages, running, stamps
from tools.setup.install import install
from tools.setup.packages import clean_environment
from tools.setup.running import run_step
from tools.setup.stamps import fingerprints, is_done, mark_done


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, with the files that the fingerprints are made of."""
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


def step(script: str, **options: object) -> None:
    settings = {"remedy": "try again", "environment": dict(os.environ), "stop": threading.Event(), **options}
    run_step("a step", [sys.executable, "-c", script], **settings)  # type: ignore[arg-type]


def test_a_failing_step_shows_the_end_of_its_output(project: Path) -> None:
    with pytest.raises(HubctlError) as caught:
        step("print('\\n'.join(f'line {i}' for i in range(99))); raise SystemExit(7)")
    assert "exit code 7" in caught.value.message
    assert "line 98" in caught.value.message
    assert "line 5\n" not in caught.value.message
    assert caught.value.remedy == f"try again (log: {project / 'logs' / 'a-step.log'})"


def test_a_long_step_gives_signs_of_life(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        (project / "heard").touch()  # without this the step would never end

    monkeypatch.setattr(running, "NEWS_EVERY", 0.1)
    monkeypatch.setattr(running, "say", say)
    step("import pathlib, time\nwhile not pathlib.Path('heard').exists(): time.sleep(0.01)")
    assert re.fullmatch(r"  a step: still working, \d+ s", said[0])


def test_a_step_beside_a_failed_one_is_stopped(project: Path) -> None:
    class OnceItRuns(threading.Event):
        def is_set(self) -> bool:
            return (project / "runs").exists()

    with pytest.raises(HubctlError, match="a step: stopped"):
        step("import pathlib, time; pathlib.Path('runs').touch(); time.sleep(600)", stop=OnceItRuns())


def test_a_step_has_a_deadline() -> None:
    with pytest.raises(HubctlError, match="failed"):
        step("import time; time.sleep(600)", deadline=0.3)


def test_a_step_is_done_only_with_its_result_and_the_same_inputs(project: Path) -> None:
    before = fingerprints()
    mark_done("node", before["node"])
    assert not is_done("node", before["node"])  # nothing is installed
    (project / "node_modules" / ".bin").mkdir(parents=True)
    (project / "node_modules" / ".bin" / "cdktf").touch()
    assert is_done("node", before["node"])
    (project / "package-lock.json").write_text("renewed")
    after = fingerprints()
    assert not is_done("node", after["node"])
    assert after["python"] == before["python"]


def test_what_leads_packages_elsewhere_is_taken_out(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere/else")
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    monkeypatch.setenv("PIP_USER", "1")
    environment = clean_environment()
    assert not {"VIRTUAL_ENV", "PYTHONPATH", "PIP_USER"} & environment.keys()
    assert environment["PIPENV_VENV_IN_PROJECT"] == "1"
    assert environment["PIPENV_PIPFILE"] == str(project / "Pipfile")


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
            pytest.fail("was not told to stop")
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
