import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hubctl.core.errors import BadInputError, HubctlError
from hubctl.trial.aws.server import LocalAws, check_arguments
from tests.support.waiting import PATIENCE, wait_until


def is_alive(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return "State:\tZ" not in status


def test_answers_while_it_runs_and_leaves_nothing_behind() -> None:
    with LocalAws() as aws:
        assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"
        assert aws._process is not None
        folder, process_id = aws.log_path.parent, aws._process.pid
        assert folder.is_dir()
    assert not folder.exists()
    assert not is_alive(process_id)


def test_listens_on_loopback_only(aws: LocalAws) -> None:
    port = f"{int(aws.endpoint_url.rsplit(':', 1)[1]):04X}"
    sockets = Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]
    listening = [line.split()[1] for line in sockets if line.split()[3] == "0A"]
    assert [address for address in listening if address.endswith(f":{port}")] == [f"0100007F:{port}"]


def test_a_port_in_use_is_bad_input() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInputError, match=f"cannot listen on 127.0.0.1:{port}") as caught:
            LocalAws(port=port).start()
    assert "--port" in caught.value.remedy


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(BadInputError) as caught:
        LocalAws(port=70000, region="mars-north-1")
    assert "70000" in caught.value.message
    assert "mars-north-1" in caught.value.message


def test_a_child_that_does_not_come_up_in_time_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nread nothing\n")  # until its standard input is closed
    silent.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(silent))
    aws = LocalAws(start_seconds=0.1)
    with pytest.raises(HubctlError, match="did not answer within"):
        aws.start()
    with pytest.raises(HubctlError, match="not running"):
        aws.endpoint_url  # noqa: B018 - the property raises


def test_the_child_dies_with_a_killed_parent() -> None:
    parent_source = (
        "import time\n"
        "from hubctl.trial.aws.server import LocalAws\n"
        "aws = LocalAws()\n"
        "aws.start()\n"
        "print(aws._process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    root = str(Path(__file__).resolve().parents[4])
    with subprocess.Popen(
        [sys.executable, "-c", parent_source],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    ) as parent:
        assert parent.stdout is not None
        child_id = int(parent.stdout.readline())
        assert is_alive(child_id)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        wait_until(lambda: not is_alive(child_id), "the end of the child")


def test_noticed_when_the_child_is_gone() -> None:
    with LocalAws() as aws:
        aws.check_running()
        assert aws._process is not None
        aws._process.kill()
        aws._process.wait()
        with pytest.raises(HubctlError, match="ended unexpectedly"):
            aws.check_running()


def test_a_caller_with_a_profile_of_their_own_reaches_only_the_local_endpoint(aws: LocalAws) -> None:
    theirs = {
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "theirs",
        "AWS_ENDPOINT_URL_STS": "http://192.0.2.1:1",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "HTTP_PROXY": "http://192.0.2.1:2",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in theirs.items():
            patch.setenv(name, value)
        environment = {**os.environ, **aws.environment()}
        with LocalAws() as own:  # whose clients all come from a session that is made here
            assert own.client("sts").get_caller_identity()["Account"] == "123456789012"
    source = (
        "import boto3, json\n"
        "client = boto3.client('sts')\n"
        "token = client._request_signer._credentials.token\n"
        "print(json.dumps([client.meta.endpoint_url, token, client.get_caller_identity()['Account']]))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", source],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    endpoint, token, account = json.loads(ran.stdout)
    assert endpoint == aws.endpoint_url
    assert not token
    assert account == "123456789012"


@pytest.mark.parametrize("speed", [None, 1.0, 600.0])
def test_good_arguments_pass(speed: float | None) -> None:
    check_arguments(0, "us-east-1", speed)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(BadInputError) as refused:
        check_arguments(70000, "us-nowhere-1", 0.5)
    for text in ("70000", "us-nowhere-1", "0.5 is not between 1 and 600"):
        assert text in refused.value.message
