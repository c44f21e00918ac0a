"""The preloaded AWS CLI of the hosts: it does what the real one does, and nothing of a call outlives its client."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.aws_cli.preloaded import PreloadedAwsCli
from tests.support.node_host.deployment import Deployment
from tests.support.node_host.host import NodeHost

Deploy = Callable[..., Deployment]
REAL = Path(sys.prefix) / "bin/aws"

# $name is the name of a parameter; `object` is a file in the folder of the calls.
CALLS = {
    "success": "aws ssm get-parameter --name $name --output json",
    "upload": "aws s3 cp object s3://$bucket/object --no-progress",
    "umask": "umask 027; aws s3 cp --no-progress s3://$bucket/object copy; stat -c %a copy",
    "standard input": "echo piped | aws s3 cp - s3://$bucket/piped",
    "standard output": "aws s3 cp s3://$bucket/piped -",
    "parameter from a file": "aws ssm get-parameter --cli-input-json file://input.json --query Parameter.Value",
    "error of the service": "aws ssm get-parameter --name $name/missing",
    "bad argument": "aws ssm get-parameter --nome größer",
    "unknown command": "aws ssm fetch-parameter",
    "another endpoint": "AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_MAX_ATTEMPTS=1 aws ssm get-parameter --name $name",
    "no region": "env -u AWS_DEFAULT_REGION aws ssm get-parameter --name $name",
    "reader that has gone": "exec 5> >(:); wait $!; aws ssm get-parameter --name $name >&5",
}


@pytest.fixture(scope="module")
def aws_cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PreloadedAwsCli]:
    """One that was started with interrupts ignored, as all are that run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with PreloadedAwsCli(folder=tmp_path_factory.mktemp("aws")) as cli:
            signal.signal(signal.SIGINT, before)
            yield cli
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.fixture
def host(deploy: Deploy) -> NodeHost:
    """A host that has the preloaded AWS CLI alone: were it to pass a call on to the real one, that would fail."""
    deployment = deploy()
    deployment.put("known", "größer")
    host = deployment.host("worker")
    command = host.text("/aws-cli/aws")
    assert str(REAL) in command
    host.write("/aws-cli/aws", command.replace(str(REAL), "/nowhere"))
    (host.root / "real").mkdir()
    (host.root / "real/aws").symlink_to(REAL)
    host.variables = {
        "name": f"{deployment.prefix}/known",
        "bucket": deployment.contract["chef_hub"]["bootstrap_bucket"],
        "HOME": "/root",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    return host


def run_both(host: NodeHost, script: str) -> list[dict[str, str]]:
    """Run a script with the real AWS CLI and with the preloaded one; return the files that it left in its folder."""
    found = []
    for folder in ("real", "aws-cli"):
        start = f"PATH=/{folder}:$PATH; mkdir /tmp/{folder}; cd /tmp/{folder}; exec 2>log </dev/null\n"
        run = host.run_script(start + script, seconds=600)
        there = host.root / "tmp" / folder
        assert run.code == 0, run.output + (there / "log").read_text(encoding="utf-8")
        files = [path for path in there.iterdir() if path.name != "log"]
        found.append({path.name: path.read_text(encoding="utf-8") for path in files})
    return found


def test_it_says_and_does_what_the_real_one_does(host: NodeHost) -> None:
    lines = ["echo content >object", 'echo "{\\"Name\\": \\"$name\\"}" >input.json']
    for name, call in CALLS.items():
        lines.append(f'({call}) >"{name}.out" 2>"{name}.err"; echo "$?" >"{name}.code"')
    real, preloaded = run_both(host, "\n".join(lines))
    assert preloaded == real
    assert "größer" in real["success.out"]
    assert real["umask.out"].endswith("640\n")
    assert {name for name in CALLS if real[f"{name}.code"] != "0\n"} == {
        "error of the service",
        "bad argument",
        "unknown command",
        "another endpoint",
        "no region",
        "reader that has gone",
    }


def test_a_signal_to_the_client_ends_the_call(host: NodeHost) -> None:
    released = threading.Event()

    def hold(_: Any) -> None:
        (host.root / "tmp/asked").touch()
        released.wait(600)

    host.gate.refuse = hold
    # What runs in the background ignores an interrupt, unless it is set not to.
    script = """
for signal in TERM INT KILL; do
  rm -f /tmp/asked
  env --default-signal=INT aws ssm get-parameter --name "$name" >$signal.out 2>$signal.err &
  until [[ -e /tmp/asked ]]; do sleep 0.1; done
  kill -$signal $!
  code=0; wait $! || code=$?
  echo $code >$signal.code
  while cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -q '[a]ws_cli/server.py'; do sleep 0.1; done
done
"""
    try:
        real, preloaded = run_both(host, script)
    finally:
        released.set()
    assert preloaded == real
    assert [real[f"{name}.code"] for name in ("TERM", "INT", "KILL")] == ["143\n", "130\n", "137\n"]


def test_a_call_in_another_home_gets_the_real_one(host: NodeHost) -> None:
    # The home is read when the AWS CLI is imported.
    host.write("/aws-cli/aws", host.text("/aws-cli/aws").replace("/nowhere", "/real-one"))
    host.write("/real-one", '#!/bin/bash\necho "$0 $* in $HOME"\n')
    (host.root / "real-one").chmod(0o755)
    run = host.run_script("HOME=/elsewhere aws ssm get-parameter --name 'two words'", seconds=600)
    assert (run.code, run.output) == (0, "/real-one ssm get-parameter --name two words in /elsewhere\n")


def test_only_modules_that_take_the_place_of_the_clis_call_for_the_real_one(host: NodeHost) -> None:
    host.write("/aws-cli/aws", host.text("/aws-cli/aws").replace("/nowhere", "/real-one"))
    host.write("/real-one", "#!/bin/bash\necho the real one\n")
    (host.root / "real-one").chmod(0o755)
    host.write("/programs/worker_rollout/__init__.py", "")
    call = "aws ssm get-parameter --name $name --query Parameter.Value --output text"
    script = f"export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/programs:/missing; {call}"
    run = host.run_script(script, seconds=600)
    assert (run.code, run.output) == (0, "größer\n")
    host.write("/programs/botocore.py", "raise SystemExit(3)")
    run = host.run_script(script, seconds=600)
    assert (run.code, run.output) == (0, "the real one\n")


def test_calls_end_with_their_host(host: NodeHost) -> None:
    released, gone = threading.Event(), threading.Event()

    def hold(_: Any) -> None:
        (host.root / "tmp/asked").touch()
        released.wait(600)
        gone.set()

    host.gate.refuse = hold
    script = 'aws ssm get-parameter --name "$name" & until [[ -e /tmp/asked ]]; do sleep 0.1; done'
    try:
        assert host.run_script(script, seconds=600).code == 0
        held = [path for path in Path("/proc").glob("[0-9]*/root") if _root_of(path) == host.root]
        assert held == []
    finally:
        released.set()
    assert gone.wait(60)


def _root_of(path: Path) -> Path | None:
    try:
        return path.readlink()
    except OSError:  # it has ended
        return None
