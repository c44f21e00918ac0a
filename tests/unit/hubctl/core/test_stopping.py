"""Every command stops in order: the first signal unwinds, later ones do not disturb, and nothing stays behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.stopping import Stopped, stopping_in_order, told_to_stop
from hubctl.core.temporary import PREFIX, UNSTORED, private_folder
from tests.support.waiting import wait_until

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 60.0


@pytest.mark.parametrize(
    ("number", "raised"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Stopped), (signal.SIGHUP, Stopped)],
)
def test_a_second_signal_does_not_interrupt_the_clean_up(
    number: signal.Signals, raised: type[BaseException]
) -> None:
    before = [signal.getsignal(each) for each in ALL]
    cleaned_up = []

    def work() -> None:
        with stopping_in_order():
            try:
                os.kill(os.getpid(), number)
                pytest.fail("the signal did nothing")
            finally:
                os.kill(os.getpid(), signal.SIGTERM)
                os.kill(os.getpid(), signal.SIGINT)
                cleaned_up.append(True)

    with pytest.raises(raised) as caught:
        work()
    assert cleaned_up
    if isinstance(caught.value, Stopped):
        assert caught.value.code == 128 + number
    assert [signal.getsignal(each) for each in ALL] == before


def test_below_nohup_a_closed_terminal_stops_nothing() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping_in_order(), told_to_stop() as told:
            os.kill(os.getpid(), signal.SIGHUP)
        assert not told.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_job_in_the_background_is_stopped_by_sigint_as_well() -> None:
    """A shell has the jobs that a script starts in the background ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), stopping_in_order():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", ALL)
def test_what_serves_is_told_and_then_left_in_peace(number: signal.Signals) -> None:
    with stopping_in_order():
        with told_to_stop() as told:
            os.kill(os.getpid(), number)
            assert told.wait(PATIENCE)
        os.kill(os.getpid(), signal.SIGTERM)  # while it cleans up


FOREGROUND = """
import signal, subprocess, sys, time
from hubctl.core.errors import HubctlError
from hubctl.core.stopping import run_in_foreground
import os
sys.exit(run_in_foreground([sys.executable, "-c", sys.argv[1]], environment=os.environ))
"""
PROGRAM = """
import signal, sys, time
seen = []
def on(number, frame):
    seen.append(number)
signal.signal(signal.SIGINT, on); signal.signal(signal.SIGTERM, on)
print("ready", flush=True)
end = time.monotonic() + 60
while not seen and time.monotonic() < end:
    time.sleep(0.05)
settled = time.monotonic() + 0.5
while time.monotonic() < settled:
    time.sleep(0.05)
print([signal.Signals(number).name for number in seen], flush=True)
sys.exit(7)
"""


@pytest.mark.parametrize("to", [os.kill, os.killpg], ids=["process", "group"])
@pytest.mark.parametrize(
    ("number", "passed_on"),
    [(signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGTERM")],
)
def test_a_program_in_the_foreground_is_told_once(
    to: Callable[[int, int], None], number: signal.Signals, passed_on: str
) -> None:
    """Terraform takes a second Ctrl-C for the order to drop its state where it is."""
    process = subprocess.Popen(
        [sys.executable, "-c", FOREGROUND, PROGRAM],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        to(process.pid, number)
        said, _ = process.communicate(timeout=PATIENCE)
    assert said == f"['{passed_on}']\n"
    assert process.returncode == 7


@pytest.mark.node
@pytest.mark.parametrize("number", ALL)
def test_a_command_leaves_no_folder_and_no_process(tmp_path: Path, number: signal.Signals) -> None:
    """It synthesizes: the folders of hubctl, of Python and of Node are there, and two more programs run, when it is stopped."""
    environment = {
        **os.environ,
        "TMPDIR": str(tmp_path),
        "CDKTF_CONTEXT_JSON": "{}",  # has it synthesize, whatever cdktf.out holds
    }
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("hubctl")), "cost", "--stack", "aws-lab"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        wait_until(lambda: list(tmp_path.glob("jsii-kernel-*")), "Node's folder is made")
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + number
    assert errors.splitlines()[-1] == (
        "interrupted" if number == signal.SIGINT else f"stopped by {number.name}"
    )
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []
    assert running_with(f"TMPDIR={tmp_path}") == []


def running_with(variable: str) -> list[str]:
    """Return the command lines of all processes that have the variable in their environment."""
    name, _, value = variable.partition("=")
    return [
        " ".join(process.info["cmdline"] or [])
        for process in psutil.process_iter(["environ", "cmdline"])
        if (process.info["environ"] or {}).get(name) == value
    ]


def test_a_folder_goes_even_when_a_signal_arrives_while_it_is_deleted(tmp_path: Path) -> None:
    script = """
import os, shutil, signal
from hubctl.core.errors import HubctlError
from hubctl.core.stopping import stopping_in_order
from hubctl.core.temporary import private_folder
real = shutil.rmtree
def interrupted(path, **more):
    shutil.rmtree = real
    os.kill(os.getpid(), signal.SIGTERM)
    real(path, **more)
with stopping_in_order(), private_folder("test") as folder:
    (folder / "secret").write_text("state")
    shutil.rmtree = interrupted
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    finished = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert finished.returncode == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal
from hubctl.core.temporary import private_folder
with private_folder("test") as folder:
    (folder / "state").write_text("secret")
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_run_left_goes_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-c", KILLED], env=environment, stdout=subprocess.DEVNULL, check=False
        )
    abandoned, unstored = sorted(tmp_path.iterdir())
    (unstored / UNSTORED).write_text("the only copy of a state")
    foreign = tmp_path / f"{PREFIX}link-x"
    foreign.symlink_to(Path.home())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with private_folder("younger"):
        assert abandoned.exists()  # it may be one that another run makes at this moment
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)
    with private_folder("in-use") as used, private_folder("later"):
        assert used.exists()
        assert not abandoned.exists()
        assert unstored.exists()
        assert foreign.is_symlink()


def test_where_no_folder_can_be_made_a_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(HubctlError, match="no temporary folder") as refused, private_folder("test"):
        pass
    assert "TMPDIR" in refused.value.remedy
