"""The leader's metrics program, with stand-ins of docker, curl and the AWS CLI, a real log and a real server of TLS."""

import contextlib
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from hub_constructs.chef_hub import watch
from hub_constructs.monitoring.shared_watches import DISK_LIMIT
from tests.cookbooks.program_host import PREFIX, Host
from tests.support.certificates import issue
from tests.support.waiting import PATIENCE

NAME = "notebooks.example.org"
SECRET = "metrics-token-of-the-test"


def line(status: int, request: str = "GET /hub/home HTTP/1.1") -> str:
    return f'203.0.113.9 - ann [22/Nov/2026:10:00:00 +0000] "{request}" {status} 512 "-" "browser 500"\n'


class Leader:
    """A leader whose metrics are published once with each ``run``."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host = host
        self.log = folder / "access.log"
        self.log.touch()
        self.certificates = folder / "nginx"
        self.certificates.mkdir()
        self.context: ssl.SSLContext | None = None
        self.asked_for: list[str | None] = []
        self.saved = folder / "saved"
        self.saved.touch()
        self.secrets = folder / "secrets.env"
        self.secrets.write_text(
            f"CONFIGPROXY_AUTH_TOKEN=other\nCHEF_HUB_METRICS_TOKEN={SECRET}\n", encoding="utf-8"
        )
        self.limit = "12.5"
        self.free = "7.0"
        self.servers("1/1", "1/1", "0/1")
        self.answer("200")

    def servers(self, *replicas: str, code: int = 0) -> None:
        listed = "".join(f"{one}\\n" for one in replicas)
        self._command("docker", f"printf '{listed}'; exit {code}")

    def answer(self, code: str) -> None:
        page = self.host.state / "page"
        self._command(
            "curl",
            f"""[[ $* != *{SECRET}* ]] || exit 99  # arguments can be read by everybody
if [[ $* == */hub/metrics ]]; then
  while [[ $1 != --config ]]; do shift; done
  grep -q 'header = "Authorization: token {SECRET}"' "$2" || exit 22
  cat {page}
else
  echo "$@" >{self.host.state}/asked; printf {code}
fi""",
        )

    def certificate(self, days: float) -> None:
        """Let nginx show this one; what lies in its folder is another."""
        pair = issue(NAME, days=days)
        chain, key = self.certificates / "shown.pem", self.certificates / "shown.key"
        pair.write(chain, key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain, key)

    def run(self) -> tuple[subprocess.CompletedProcess[str], dict[str, float]]:
        self.host.put("metrics", [])
        page = (
            f"# TYPE chef_hub_disk_limit_percent gauge\nchef_hub_disk_limit_percent {self.limit}\n"
            f"chef_hub_free_places {self.free}\nother 1.0\n"
        )
        (self.host.state / "page").write_text(page if self.limit else "other 1.0\n", encoding="utf-8")
        with self._tls() as address:
            result = self.host.run(
                "publish-hub-metrics",
                HUB_HOSTNAME=NAME,
                ACCESS_LOG=str(self.log),
                HUB_TLS_ADDRESS=address,
                BACKUP_STATE=str(self.saved.parent),
                HUB_SECRETS=str(self.secrets),
            )
        published: list[dict[str, Any]] = self.host.get("metrics")
        for metric in published:
            assert metric["Namespace"] == watch.NAMESPACE
            assert metric["Dimensions"] == [{"Name": watch.DIMENSION, "Value": PREFIX}]
        return result, {metric["MetricName"]: metric["Value"] for metric in published}

    @contextmanager
    def _tls(self) -> Iterator[str]:
        """Answer one connection as nginx does, where there is a certificate; yield the address."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            address = "{}:{}".format(*listening.getsockname())
            if self.context is None:
                listening.close()
                yield address
                return
            listening.settimeout(PATIENCE)
            self.asked_for = []
            self.context.sni_callback = lambda _, name, __: self.asked_for.append(name)
            thread = Thread(target=self._answer_one, args=(listening, self.context))
            thread.start()
            try:
                yield address
            finally:
                with contextlib.suppress(OSError):
                    listening.shutdown(socket.SHUT_RDWR)
                thread.join()

    @staticmethod
    def _answer_one(listening: socket.socket, context: ssl.SSLContext) -> None:
        with contextlib.suppress(OSError):
            connection, _ = listening.accept()
            connection.settimeout(PATIENCE)
            with context.wrap_socket(connection, server_side=True) as shown:
                shown.recv(1)

    def _command(self, name: str, script: str) -> None:
        path = self.host.commands / name
        path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
        path.chmod(0o755)


@pytest.fixture
def leader(host: Host, tmp_path: Path) -> Leader:
    made = Leader(host, tmp_path)
    made.certificate(91)
    return made


def test_publishes_all_that_the_alarms_watch(leader: Leader) -> None:
    result, metrics = leader.run()
    assert result.returncode == 0, result.stderr
    assert metrics.pop(watch.CERTIFICATE_DAYS_LEFT) in (90, 91)
    assert leader.asked_for == [NAME]
    assert metrics.pop(watch.BACKUP_AGE) < PATIENCE
    assert metrics == {
        watch.USER_SESSIONS: 2,
        watch.HUB_ANSWERS: 1,
        watch.SERVER_ERRORS: 0,
        watch.FREE_PLACES: 7,
        DISK_LIMIT: 12.5,
    }
    asked = (leader.host.state / "asked").read_text(encoding="utf-8")
    assert f"--resolve {NAME}:443:127.0.0.1" in asked
    assert f"https://{NAME}/hub/health" in asked


def test_counts_each_5xx_answer_once_and_goes_on_after_a_rotation(leader: Leader) -> None:
    leader.log.write_text(line(502), encoding="utf-8")
    assert leader.run()[1][watch.SERVER_ERRORS] == 0, "what was there before the first run is old"
    with leader.log.open("a", encoding="utf-8") as log:
        log.write(line(200) + line(502) + line(404, "GET /500 HTTP/1.1") + line(503))
    assert leader.run()[1][watch.SERVER_ERRORS] == 2
    assert leader.run()[1][watch.SERVER_ERRORS] == 0
    leader.log.unlink()
    leader.log.write_text(line(500), encoding="utf-8")
    assert leader.run()[1][watch.SERVER_ERRORS] == 1


def test_tells_the_days_of_what_nginx_shows_and_zero_once_it_has_ended(leader: Leader) -> None:
    (leader.certificates / "fullchain.pem").write_text(issue(NAME, days=300).chain_pem, encoding="utf-8")
    for days, told in ((10.5, 10), (-0.5, 0)):
        leader.certificate(days)
        assert leader.run()[1][watch.CERTIFICATE_DAYS_LEFT] == told


def test_an_old_backup_is_told_in_minutes(leader: Leader) -> None:
    then = time.time() - 90 * 60
    os.utime(leader.saved, (then, then))
    assert 90 <= leader.run()[1][watch.BACKUP_AGE] < 90 + PATIENCE


@pytest.mark.parametrize("code", ["503", "000"])
def test_a_hub_that_does_not_answer_is_a_zero_and_no_gap(leader: Leader, code: str) -> None:
    leader.answer(code)
    result, metrics = leader.run()
    assert result.returncode == 0
    assert metrics[watch.HUB_ANSWERS] == 0


def test_what_cannot_be_found_out_is_told_and_never_published_as_a_number(leader: Leader) -> None:
    leader.servers(code=1)
    leader.context = None
    leader.log.unlink()
    leader.saved.unlink()
    leader.limit = ""  # a hub of before
    result, metrics = leader.run()
    assert result.returncode == 1
    assert (
        "could not find out UserSessions ServerErrors BackupAge FreePlaces DiskLimitPercent CertificateDaysLeft"
        in result.stderr
    )
    assert metrics == {watch.HUB_ANSWERS: 1}


def test_a_limit_that_there_is_not_is_no_number_and_no_failure(leader: Leader) -> None:
    leader.limit = "NaN"
    result, metrics = leader.run()
    assert result.returncode == 0, result.stderr
    assert DISK_LIMIT not in metrics
    leader.limit = "8.881784197001252e-16"
    assert leader.run()[1][DISK_LIMIT] < 1


@pytest.mark.parametrize("broken", ["token", "file", "value"])
def test_a_hub_that_does_not_tell_its_disk_limit_is_told(leader: Leader, broken: str) -> None:
    if broken == "token":
        leader.secrets.write_text("CHEF_HUB_METRICS_TOKEN=wrong\n", encoding="utf-8")
    elif broken == "file":
        leader.secrets.unlink()
    else:
        leader.limit = "much"
    result, metrics = leader.run()
    assert result.returncode == 1
    named = "DiskLimitPercent" if broken == "value" else "FreePlaces DiskLimitPercent"
    assert f"could not find out {named}" in result.stderr
    assert watch.HUB_ANSWERS in metrics
    assert DISK_LIMIT not in metrics


def test_free_places_are_those_that_the_hub_found(leader: Leader) -> None:
    assert leader.run()[1][watch.FREE_PLACES] == 7
    leader.free = "0.0"  # all are taken
    assert leader.run()[1][watch.FREE_PLACES] == 0
    leader.free = "NaN"  # it has not looked yet, or not for long
    result, metrics = leader.run()
    assert result.returncode == 0, result.stderr
    assert watch.FREE_PLACES not in metrics
    assert DISK_LIMIT in metrics


def test_a_refusal_of_cloudwatch_names_what_is_missing(leader: Leader, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    leader.host.put("aws-broken", {"file": str(tmp_path / "broken")})
    result, _ = leader.run()
    assert result.returncode == 1
    assert "may this node's role publish into JupyterHub/ChefHub?" in result.stderr


def test_the_bootstrap_publishes_under_the_same_names(project: Path) -> None:
    facts = project / "constructs/hub_constructs/chef_hub/bootstrap/facts.sh"
    text = facts.read_text(encoding="utf-8")
    assert f"--namespace {watch.NAMESPACE} --metric-name {watch.FAILED_RUNS} " in text
    assert f'--dimensions "{watch.DIMENSION}=$PREFIX"' in text
