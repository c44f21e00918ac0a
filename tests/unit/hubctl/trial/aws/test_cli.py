"""The command: what it runs and with which environment, how it ends, and that it leaves nothing."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubctl.trial.aws import cli
from hubctl.trial.aws.server import LocalAws
from tests.support.in_process import Ran, run_hubctl
from tests.support.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[5]


def hubctl(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from hubctl.cli import main; main()", "local-aws", *arguments]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        hubctl(*arguments),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture(scope="module")
def running() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        yield aws


@pytest.fixture
def run_here(
    running: LocalAws, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Return ``run_here(*arguments)``: the command in this process, with a local AWS that is up already."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(cli, "LocalAws", lambda **_: contextlib.nullcontext(running))
    return lambda *arguments: run_hubctl("local-aws", *arguments, monkeypatch=monkeypatch, capture=capfd)


@pytest.fixture
def serving() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        hubctl("--bucket", "cli-bucket"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def test_a_command_runs_against_the_local_aws() -> None:
    source = (
        "import boto3; zones = boto3.client('route53').list_hosted_zones()['HostedZones'];"
        "print([zone['Name'] for zone in zones])"
    )
    ran = run("--domain", "cli.example.test", "--", sys.executable, "-c", source)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "['cli.example.test.']"


@pytest.mark.parametrize(
    ("source", "status"), [("import sys; sys.exit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137)]
)
def test_exits_with_the_status_of_the_command(run_here: Callable[..., Ran], source: str, status: int) -> None:
    assert run_here("--", sys.executable, "-c", source).code == status


def test_hubctl_itself_is_found_and_the_stacks_have_their_variables(
    run_here: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "import os; print({name: os.environ.get('TF_VAR_' + name) for name in ('hosted_zone', 'domain_name')})"
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("TF_VAR_domain_name", "mine.vars.example.test")
    monkeypatch.delenv("TF_VAR_hosted_zone", raising=False)
    ran = run_here("--domain", "vars.example.test", "--", Path(sys.executable).name, "-c", source)
    assert ran.code == 0, ran.errors
    assert (
        ran.output.strip() == "{'hosted_zone': 'vars.example.test', 'domain_name': 'mine.vars.example.test'}"
    )


def test_an_unknown_command_is_told(run_here: Callable[..., Ran]) -> None:
    ran = run_here("--", "no-such-command-here")
    assert ran.code == 127
    assert "no-such-command-here: command not found" in ran.errors


def test_bad_input_exits_with_2_and_a_remedy(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ("local-aws", "--port", "99999", "--region", "mars-north-1")
    ran = run_hubctl(*arguments, monkeypatch=monkeypatch, capture=capfd)
    assert ran.code == 2
    assert "99999" in ran.errors
    assert "mars-north-1" in ran.errors
    assert "Traceback" not in ran.errors


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_told_to_stop_and_leaves_nothing(
    serving: subprocess.Popen[str], ending: signal.Signals
) -> None:
    assert serving.stdout is not None
    printed = ""
    while "cli-bucket" not in printed:
        line = serving.stdout.readline()
        assert line, serving.stderr.read() if serving.stderr else ""
        printed += line
    exports = dict(re.findall(r"^export (\w+)=(.*)$", printed, re.MULTILINE))
    assert exports["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert "jupyterhub-lab-2026.11.1" in printed
    profile = Path(exports["AWS_CONFIG_FILE"])
    assert profile.is_file()

    serving.send_signal(ending)
    _, errors = serving.communicate(timeout=PATIENCE)

    assert serving.returncode == 0, errors
    assert not profile.parent.exists()
