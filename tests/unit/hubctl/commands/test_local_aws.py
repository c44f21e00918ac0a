import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[4]


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
def test_exits_with_the_status_of_the_command(source: str, status: int) -> None:
    assert run("--", sys.executable, "-c", source).returncode == status


def test_hubctl_itself_is_found_and_the_stacks_have_their_variables() -> None:
    source = "import os; print({name: os.environ.get('TF_VAR_' + name) for name in ('hosted_zone', 'domain_name')})"
    ran = subprocess.run(
        hubctl("--domain", "vars.example.test", "--", Path(sys.executable).name, "-c", source),
        env={**environment(), "PATH": "/nonexistent", "TF_VAR_domain_name": "mine.vars.example.test"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert (
        ran.stdout.strip() == "{'hosted_zone': 'vars.example.test', 'domain_name': 'mine.vars.example.test'}"
    )


def test_an_unknown_command_is_told() -> None:
    ran = run("--", "no-such-command-here")
    assert ran.returncode == 127
    assert "no-such-command-here: command not found" in ran.stderr


def test_bad_input_exits_with_2_and_a_remedy() -> None:
    ran = run("--port", "99999", "--region", "mars-north-1")
    assert ran.returncode == 2
    assert "99999" in ran.stderr
    assert "mars-north-1" in ran.stderr
    assert "Traceback" not in ran.stderr


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
