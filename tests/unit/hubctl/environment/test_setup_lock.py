import subprocess
import sys
import time
from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from hubctl.environment.setup_lock import only_one
with only_one(Path(sys.argv[1])):
    print("held", time.time(), flush=True)
    time.sleep(float(sys.argv[2]))
    print("released", time.time(), flush=True)
"""


def hold(project: Path, folder: Path, seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), str(seconds)],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_set_up_waits_and_says_so(project: Path, tmp_path: Path) -> None:
    with hold(project, tmp_path / "tools", 1.0) as first:
        assert first.stdout is not None
        assert first.stdout.readline().startswith("held")
        with hold(project, tmp_path / "tools", 0) as second:
            output, errors = second.communicate(timeout=30)
        released = float(first.communicate(timeout=30)[0].split()[1])
    assert float(output.split()[1]) >= released
    assert "waiting for it" in errors


def test_the_lock_goes_with_its_holder(project: Path, tmp_path: Path) -> None:
    with hold(project, tmp_path, 60) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline().startswith("held")
        killed.kill()
    started = time.monotonic()
    with hold(project, tmp_path, 0) as second:
        assert second.communicate(timeout=30)[1] == ""
    assert time.monotonic() - started < 20
