"""What the manager of a trial cluster leaves for those who want to use it."""

import json
import stat
from pathlib import Path
from typing import Any, cast

import pytest

from hubctl.trial.swarm import cli as command
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.manager import ManagerFiles, _describe
from tests.support.printed import flat

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


class Leader:
    address = "10.213.7.2"

    def run(self, *words: str) -> str:
        assert words[0] == "cat"
        assert words[1].endswith("/fullchain.pem")
        return CERTIFICATE


class Running:
    leader = Leader()
    password = "t0-be-typed"


@pytest.fixture
def files(tmp_path: Path) -> ManagerFiles:
    files = ManagerFiles(state=tmp_path)
    _describe(files, cast(Cluster, Running()))
    return files


def test_the_password_is_roots_and_the_certificate_everybodys(files: ManagerFiles) -> None:
    assert stat.S_IMODE(files.cluster.stat().st_mode) == 0o600
    document: dict[str, Any] = json.loads(files.cluster.read_text(encoding="utf-8"))
    assert (document["password"], document["address"]) == ("t0-be-typed", "10.213.7.2")
    assert files.certificate.read_text(encoding="utf-8") == CERTIFICATE


def test_who_logs_in_and_how_to_stop_it_is_said(
    files: ManagerFiles, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ManagerFiles, "running", lambda _: 1)
    command._announce(files)
    said = flat(capsys.readouterr().out)
    assert "The hub: https://notebooks.hub.test/hub/login" in said
    assert "Log in as: admin (administrator), or any other name" in said
    assert "Password: t0-be-typed for every user" in said
    assert f"import {files.certificate} as an authority" in said
    assert "hubctl local-swarm down" in said
    assert f"rm -r {files.state}" in said
