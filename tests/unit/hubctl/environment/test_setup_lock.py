import subprocess
import sys
from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from tools.setup.install import only_one
with only_one(Path(sys.argv[1])):
    print("held", time.monotonic(), flush=True)
    sys.stdin.readline()
    print("released", time.monotonic(), flush=True)
"""


def hold(project: Path, folder: Path) -> subprocess.Popen[str]:
    """Start a program that holds the lock until it is written a line."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=project,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> tuple[str, float]:
    """Return what a program says next, and when it said it, on a clock that all programs share."""
    assert process.stdout is not None
    word, moment = process.stdout.readline().split()
    return word, float(moment)


def release(process: subprocess.Popen[str]) -> None:
    """Let a program give the lock back."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_a_second_set_up_waits_and_says_so(project: Path, tmp_path: Path) -> None:
    with hold(project, tmp_path / "tools") as first:
        assert said(first)[0] == "held"
        with hold(project, tmp_path / "tools") as second:
            assert second.stderr is not None
            assert "waiting for it" in second.stderr.readline()
            release(first)
            word, released = said(first)
            assert word == "released"
            word, held = said(second)
            assert word == "held"
            assert held >= released
            release(second)


def test_the_lock_goes_with_its_holder(project: Path, tmp_path: Path) -> None:
    with hold(project, tmp_path) as killed:
        assert said(killed)[0] == "held"
        killed.kill()
    with hold(project, tmp_path) as second:
        assert second.communicate("go\n")[1] == ""
