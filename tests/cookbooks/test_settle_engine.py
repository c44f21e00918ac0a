"""Docker is brought in line with its settings when nobody works on the node, and says so while it waits."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cookbooks.program_host import PREFIX, Host

EARLIER, LATER = 1_000_000, 2_000_000


class Engine:
    """A node with Docker: what runs, what is installed, and when settings were written and Docker was started."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host = host
        self.settings, self.started, self.mark = (folder / name for name in ("daemon.json", "pid", "waits"))
        self.apt = folder / "apt"
        host.put("packages", ["docker.io"])
        self.unit(active=True, failed=False)
        self.written(EARLIER, started=LATER)
        version = folder / "version"
        version.write_text("1", encoding="utf-8")
        self.command("dpkg-query", f"cat {version}")
        self.command(
            "apt-get", f'echo "$@" >>{self.apt}; echo "${{@: -1}}" | cut -d= -f2 | tr -d "\\n" >{version}'
        )

    def unit(self, *, active: bool, failed: bool) -> None:
        unit = {"enabled": True, "active": active, "failed": failed, "started": 0}
        self.host.put("units", {"docker.service": unit})

    def command(self, name: str, script: str) -> None:
        path = self.host.commands / name
        path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def written(self, when: int, *, started: int) -> None:
        for path, at in ((self.settings, when), (self.started, started)):
            path.touch()
            os.utime(path, (at, at))

    def settle(self, version: str = "-", **more: str) -> str:
        paths = {
            "CHEF_HUB_DAEMON_JSON": str(self.settings),
            "CHEF_HUB_DAEMON_PID": str(self.started),
            "CHEF_HUB_ENGINE_MARK": str(self.mark),
        }
        result = self.host.run("settle-engine", "docker.io", version, **paths, **more)
        assert result.returncode == 0, result.stderr
        return result.stderr

    def restarts(self) -> int:
        return sum(call[:2] == ["systemctl", "restart"] for call in self.host.calls())

    def told(self) -> Any:
        parameters = self.host.get("parameters")
        return json.loads(parameters[f"{PREFIX}/worker-i-1/engine"]["Value"])


@pytest.fixture
def engine(host: Host, tmp_path: Path) -> Engine:
    return Engine(host, tmp_path)


def test_docker_is_left_alone_when_it_lacks_nothing(engine: Engine) -> None:
    assert engine.settle() == ""
    assert engine.restarts() == 0
    assert engine.host.get("parameters") == {}


def test_changed_settings_wait_until_nobody_works_here(engine: Engine) -> None:
    engine.written(LATER, started=EARLIER)
    engine.host.put("containers", ["ada", "grace"])
    said = engine.settle()
    assert "Docker waits for the settings in" in said
    assert "2 notebook servers run here" in said
    assert engine.restarts() == 0
    assert engine.told()["state"] == "waiting"
    engine.host.put("containers", [])
    assert "restarting Docker" in engine.settle()
    assert engine.restarts() == 1
    assert engine.told() == {"state": "settled", "why": ""}


def test_a_node_that_was_rebooted_meanwhile_takes_users_again(engine: Engine) -> None:
    engine.written(LATER, started=EARLIER)
    engine.host.put("containers", ["ada"])
    engine.settle()
    engine.written(EARLIER, started=LATER)
    engine.settle()
    assert engine.told()["state"] == "settled"
    assert engine.restarts() == 0


def test_where_containers_outlive_the_daemon_nothing_waits(engine: Engine) -> None:
    engine.written(LATER, started=EARLIER)
    engine.host.put("containers", ["ada"])
    engine.settle(CHEF_HUB_ENGINE_NOW="yes")
    assert engine.restarts() == 1


def test_another_version_is_installed_when_nobody_works_here(engine: Engine) -> None:
    engine.host.put("containers", ["ada"])
    assert "Docker waits for docker.io 2 instead of 1" in engine.settle("2")
    assert not engine.apt.exists()
    engine.host.put("containers", [])
    engine.settle("2")
    assert "--allow-change-held-packages" in engine.apt.read_text(encoding="utf-8")
    assert engine.settle("2") == ""


def test_a_docker_that_failed_too_often_starts_with_the_repaired_settings(engine: Engine) -> None:
    engine.unit(active=False, failed=True)
    engine.started.unlink()
    assert "restarting Docker for a start, because it has failed" in engine.settle()
    unit = engine.host.get("units")["docker.service"]
    assert (unit["active"], unit["failed"]) == (True, False)
