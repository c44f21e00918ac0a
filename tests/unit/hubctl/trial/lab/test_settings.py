"""What is missing is named in one line, before anything is started."""

import os
import shutil

import pytest
from click.testing import CliRunner

from hubctl.core.errors import BadInputError
from hubctl.trial.lab import manager, settings
from hubctl.trial.lab.cli import NOT_RUNNING, command
from hubctl.trial.lab.settings import LocalLabSettings


def test_users_other_than_root_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for arguments in (["up"], ["down"], ["demo"]):
        with pytest.raises(BadInputError, match="need root"):
            CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_all_missing_tools_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    missing = ("dockerd", "jq")
    monkeypatch.setattr(shutil, "which", lambda tool, **_: None if tool in missing else tool)
    with pytest.raises(BadInputError, match="these tools are missing: dockerd, jq"):
        settings.check_machine()


@pytest.mark.parametrize("speed", [0.5, 21])
def test_a_speed_at_which_nothing_works_is_refused(speed: float) -> None:
    with pytest.raises(BadInputError, match="is not between 1 and 20"):
        LocalLabSettings(speed=speed).check()


def test_status_without_a_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager.ManagerFiles, "running", lambda _: None)
    result = CliRunner().invoke(command, ["status"])
    assert (result.exit_code, result.output) == (NOT_RUNNING, "no Lab is running\n")
