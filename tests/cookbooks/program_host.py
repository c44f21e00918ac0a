"""A host for the programs that the cookbooks install: the real programs, stand-ins for what they call."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.cookbooks.fakes.install import install
from tests.support.waiting import PATIENCE

PREFIX = "/chef-hub"
IMAGE = "chef-hub/notebook:1"
TOKEN = f"SWMTKN-1-{'a' * 49}-{'b' * 25}"


class Host:
    """A folder with the programs as Chef installs them, stand-ins on PATH, and what those remember."""

    def __init__(self, folder: Path, cookbooks: Path) -> None:
        for tool in ("jq", "timeout", "bash", "awk"):
            assert shutil.which(tool), f"{tool} is missing: run `make system-packages`"
        self.programs = folder / "programs"
        self.state = folder / "state"
        self.keeper = folder / "keeper"
        self.credentials = folder / "credentials"
        for path in (self.programs, self.state, self.keeper):
            path.mkdir()
        for path in cookbooks.glob("*/files/default/*"):
            if path.is_file():
                shutil.copy(path, self.programs / path.name)
        shutil.copytree(cookbooks / "hub_backup/files/default/hub_backup", self.programs / "hub_backup")
        self.commands = folder / "commands"
        install(self.commands)

    def put(self, name: str, value: Any) -> None:
        (self.state / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")

    def get(self, name: str) -> Any:
        path = self.state / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def calls(self) -> list[list[str]]:
        log = self.state / "calls.jsonl"
        return (
            [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
            if log.exists()
            else []
        )

    def forget_program(self, code: int = 0) -> None:
        """Put a stand-in in the place of the program that Chef writes from a template."""
        path = self.programs / "forget-chef-node"
        path.write_text(f'#!/bin/sh\necho "$@" >>{self.state}/forgotten\nexit {code}\n', encoding="utf-8")
        path.chmod(0o755)

    def forgotten(self) -> list[str]:
        path = self.state / "forgotten"
        return path.read_text(encoding="utf-8").split() if path.exists() else []

    def run(self, program: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.commands}:{os.environ['PATH']}",
            "HOME": str(self.state),
            "FAKE_STATE": str(self.state),
            "AWS_REGION": "us-east-1",
            "CHEF_HUB_PREFIX": PREFIX,
            "CHEF_HUB_NODE": "worker-i-1",
            "CHEF_HUB_NOTEBOOK_IMAGE": IMAGE,
            "CHEF_HUB_REAP_AFTER": "600",
            "CHEF_HUB_CALL_SECONDS": f"{PATIENCE:.0f}",
            "STATE_DIRECTORY": str(self.keeper),
            "CHEF_HUB_PRUNE_AFTER": "0",
            "CREDENTIALS_FOLDER": str(self.credentials),
            **settings,
        }
        return subprocess.run(
            [shutil.which("bash") or "", str(self.programs / program), *arguments],
            env={name: value for name, value in environment.items() if value},
            capture_output=True,
            text=True,
            check=False,
            timeout=2 * PATIENCE,
        )


def node(name: str, state: str = "ready", **labels: str) -> dict[str, Any]:
    return {
        "Status": {"State": state},
        "Spec": {"Availability": "active", "Labels": labels},
        "Description": {"Engine": {"Labels": {"chef-hub.node": name} if name else {}}},
    }


def facts(**values: str) -> dict[str, dict[str, str]]:
    return {
        f"{PREFIX}/{name.replace('__', '/').replace('_', '-')}": {"Type": "String", "Value": value}
        for name, value in values.items()
    }


def status(state: str) -> str:
    return json.dumps({"state": state})
