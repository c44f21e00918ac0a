"""One step of the set-up: signs of life, a deadline, an end beside a failed one, and what its command said."""

import os
import re
import sys
import threading
from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from tools.setup import running
from tools.setup.running import run_setup_step

pytestmark = pytest.mark.usefixtures("project_copy")


def step(script: str, **options: object) -> None:
    settings = {"remedy": "try again", "environment": dict(os.environ), "stop": threading.Event(), **options}
    run_setup_step("a step", [sys.executable, "-c", script], **settings)  # type: ignore[arg-type]


def test_a_failing_step_shows_the_end_of_its_output(project_copy: Path) -> None:
    with pytest.raises(HubctlError) as caught:
        step("print('\\n'.join(f'line {i}' for i in range(99))); raise SystemExit(7)")
    assert "exit code 7" in caught.value.message
    assert "line 98" in caught.value.message
    assert "line 5\n" not in caught.value.message
    assert caught.value.remedy == f"try again (log: {project_copy / 'logs' / 'a-step.log'})"


def test_a_long_step_gives_signs_of_life(project_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        (project_copy / "heard").touch()  # without this the step would never end

    monkeypatch.setattr(running, "NEWS_EVERY", 0.1)
    monkeypatch.setattr(running, "say", say)
    step("import pathlib, time\nwhile not pathlib.Path('heard').exists(): time.sleep(0.01)")
    assert re.fullmatch(r"  a step: still working, \d+ s", said[0])


def test_a_step_beside_a_failed_one_is_stopped(project_copy: Path) -> None:
    class OnceItRuns(threading.Event):
        def is_set(self) -> bool:
            return (project_copy / "runs").exists()

    with pytest.raises(HubctlError, match="a step: stopped"):
        step("import pathlib, time; pathlib.Path('runs').touch(); time.sleep(600)", stop=OnceItRuns())


def test_a_step_has_a_deadline() -> None:
    with pytest.raises(HubctlError, match="failed"):
        step("import time; time.sleep(600)", deadline=0.3)
