"""The systemd units beside the agent, and the agent as they start it."""

import configparser
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from session_agent.__main__ import CREDENTIAL, RUN_FOLDER, TOKEN_FILE
from tests.support.waiting import PATIENCE


class Unit(configparser.RawConfigParser):
    """A unit file; names keep their case."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture(scope="module")
def files(project: Path) -> Path:
    return project / "cookbooks/jupyterhub_lab/files/default"


def unit(file: Path) -> Unit:
    parsed = Unit(strict=True)
    parsed.read_string(file.read_text())
    return parsed


def test_the_service_hands_over_what_the_agent_expects(files: Path) -> None:
    service = unit(files / "session-agent.service")["Service"]
    assert service["LoadCredential"] == f"{CREDENTIAL}:{TOKEN_FILE}"
    assert f"/run/{service['RuntimeDirectory']}" == str(RUN_FOLDER)
    assert service["RuntimeDirectoryPreserve"] == "yes"  # the memory and the drain flag outlive a run
    assert service["ExecStart"].endswith("/python -m session_agent")
    assert (service["Type"], service["NoNewPrivileges"], service["ProtectSystem"]) == (
        "oneshot",
        "yes",
        "strict",
    )
    assert f"u {service['User']} " in (files / "session-agent.sysusers").read_text()


def test_the_timer_counts_uptime_and_starts_the_service(files: Path) -> None:
    timer = unit(files / "session-agent.timer")
    assert set(timer["Timer"]) == {
        "OnBootSec",
        "OnUnitActiveSec",
        "AccuracySec",
    }  # no OnCalendar: clocks jump
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_a_run_as_the_unit_starts_it(lab: Any, files: Path, tmp_path: Path) -> None:
    lab.hub.log_in("user")
    (tmp_path / "instance.json").write_text(json.dumps(lab.settings))
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / CREDENTIAL).write_text((tmp_path / "token").read_text())
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "session_agent"),
            f"--settings={tmp_path / 'instance.json'}",
            f"--run-folder={tmp_path / 'run'}",
            f"--hub-url={lab.hub.url}/hub/api",
        ],
        env={**os.environ, "PYTHONPATH": str(files), "CREDENTIALS_DIRECTORY": str(credentials)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "INFO: 1 sessions, 1 of them active; InService; protection on" in finished.stderr
    assert lab.protected


@pytest.mark.parametrize("content", ["{", '{"region": "us-east-1"}'])
def test_wrong_settings_end_with_2_before_anything_is_asked(
    tmp_path: Path, files: Path, content: str
) -> None:
    (tmp_path / "instance.json").write_text(content)
    finished = subprocess.run(
        [sys.executable, "-m", "session_agent", f"--settings={tmp_path / 'instance.json'}"],
        env={**os.environ, "PYTHONPATH": str(files)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 2
    assert "instance.json" in finished.stderr
    assert "Traceback" not in finished.stderr
