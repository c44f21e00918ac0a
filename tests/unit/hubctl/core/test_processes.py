"""Running programs, and leaving none behind."""

import os
import sys
from pathlib import Path

import psutil
import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.process_tree import Family
from hubctl.core.processes import run_program
from tests.support.waiting import PATIENCE

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def run(folder: Path, script: str, **options: object) -> object:
    settings = {"deadline": PATIENCE, "grace": 0.5, **options}
    return run_program([sys.executable, "-c", script], folder=folder, environment=ENVIRONMENT, **settings)  # type: ignore[arg-type]


def test_returns_both_outputs_and_passes_lines_on_as_they_come(tmp_path: Path) -> None:
    seen: list[str] = []
    go_on = tmp_path / "go-on"
    script = (
        "import pathlib, sys, time\n"
        "print('one', flush=True)\n"
        "while not pathlib.Path('go-on').exists(): time.sleep(0.01)\n"
        "print('two'); print('bad', file=sys.stderr); sys.exit(3)"
    )

    def note(line: str) -> None:
        seen.append(line)
        go_on.touch()  # without this the program would never end

    finished = run(tmp_path, script, on_line=note)
    assert (finished.exit_code, finished.output, finished.errors) == (3, "one\ntwo\n", "bad\n")  # type: ignore[attr-defined]
    assert seen == ["one", "two"]


def test_megabytes_on_both_outputs_do_not_block(tmp_path: Path) -> None:
    script = "import sys; sys.stderr.write('e' * 3_000_000); sys.stdout.write('o' * 3_000_000)"
    finished = run(tmp_path, script)
    assert len(finished.output) == len(finished.errors) == 3_000_000  # type: ignore[attr-defined]


# Starts a grandchild in a session of its own, as a pseudo terminal does, and tells its process id.
GRANDCHILD = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
    "print(child.pid, flush=True)\n"
)


def test_an_error_ends_descendants_in_other_sessions_and_those_that_ignore_signals(tmp_path: Path) -> None:
    script = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + GRANDCHILD + "time.sleep(600)"
    seen: list[int] = []

    def fail(line: str) -> None:
        seen.append(int(line))
        raise LookupError("stop")

    with pytest.raises(LookupError, match="stop"):
        run(tmp_path, script, on_line=fail)
    assert not is_running(seen[0])


def test_a_descendant_that_outlives_the_program_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = tmp_path / "go-on"
    look = Family.grow

    def look_and_tell(family: Family) -> None:
        look(family)
        if len(family.alive()) > 1:  # the program and what it has started
            go_on.touch()

    monkeypatch.setattr(Family, "grow", look_and_tell)
    wait = "import pathlib\nwhile not pathlib.Path('go-on').exists(): time.sleep(0.01)"
    finished = run(tmp_path, GRANDCHILD + wait)
    assert not is_running(int(finished.output))  # type: ignore[attr-defined]


def test_the_deadline_is_kept(tmp_path: Path) -> None:
    with pytest.raises(HubctlError, match="did not end within 1 s"):
        run(tmp_path, "import time; time.sleep(600)", deadline=1.0)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HubctlError, match="no-such-program cannot be started"):
        run_program(["no-such-program"], folder=tmp_path, environment=ENVIRONMENT, deadline=1)


def test_a_family_does_not_adopt_a_stranger_with_an_old_id(monkeypatch: pytest.MonkeyPatch) -> None:
    family = Family(os.getpid())
    assert family.alive() == {os.getpid()}
    monkeypatch.setattr(psutil.Process, "is_running", lambda _: False)  # the id belongs to a later process
    family.grow()
    assert family.alive() == set()


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
