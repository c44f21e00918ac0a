"""What the manager of a trial cluster leaves for those who want to use it."""

import json
import stat
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner

from hubctl.trial.hosts.manager_files import ManagerFiles
from hubctl.trial.swarm import cli
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.manager import describe_cluster
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
    describe_cluster(files, cast(Cluster, Running()))
    return files


def test_root_alone_reads_the_password_and_all_users_the_certificate(files: ManagerFiles) -> None:
    assert stat.S_IMODE(files.cluster.stat().st_mode) == 0o600
    document: dict[str, Any] = json.loads(files.cluster.read_text(encoding="utf-8"))
    assert (document["password"], document["address"]) == ("t0-be-typed", "10.213.7.2")
    assert files.certificate.read_text(encoding="utf-8") == CERTIFICATE


def test_who_logs_in_and_how_to_stop_it_is_said(files: ManagerFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ManagerFiles, "running", lambda _: 1)
    monkeypatch.setattr(cli, "STATE", files.state)
    said = flat(CliRunner().invoke(cli.command, ["status"], catch_exceptions=False).output)
    assert "The hub: https://notebooks.hub.test/hub/login" in said
    assert "Log in as: admin (administrator), or any other name" in said
    assert "Password: t0-be-typed for every user" in said
    assert f"import {files.certificate} as an authority" in said
    assert "hubctl local-swarm down" in said
    assert f"rm -r {files.state}" in said
