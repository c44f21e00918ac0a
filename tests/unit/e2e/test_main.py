"""`make e2e`: which tests run side by side, what its exit code says, and how it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.__main__ import parts, run
from tests.support.waiting import PATIENCE, wait_until

PRINTS = "import sys; print('done', flush=True); sys.exit({code})"
# Waits until it is asked to end, and says how often it was asked.
WAITS = """
import pathlib, signal, sys, time
asked, place = [], pathlib.Path(sys.argv[1])
signal.signal(signal.SIGINT, lambda *_: asked.append('INT'))
signal.signal(signal.SIGTERM, lambda *_: asked.append('TERM'))
place.with_suffix('.ready').touch()
print('tests/e2e/test_one.py::test_it PASSED', flush=True)
while not asked:
    time.sleep(0.01)
time.sleep(0.5)
place.write_text(' '.join(asked))
sys.exit(2)
"""

ENDS_A_TEST = """
import pathlib, sys, time
file = pathlib.Path(sys.argv[1])
time.sleep(0.3)
file.write_text("up")
print("a.py::test PASSED", flush=True)
while "next" not in file.read_text():
    time.sleep(0.01)
file.write_text(file.read_text() + ", end")
"""
COMES_NEXT = """
import pathlib, sys
file = pathlib.Path(sys.argv[1])
beside = file.with_suffix(".new")
beside.write_text(file.read_text() + ", next")
beside.rename(file)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of tests as tests/e2e is."""
    for name in ("lab", "swarm", "second_day"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "test_one.py").touch()
    (tmp_path / "__pycache__").mkdir()
    return tmp_path


def test_folders_run_side_by_side(root: Path) -> None:
    assert parts([str(root), "-k", "image"], root) == {
        name: [str(root / name), "-k", "image"] for name in ("lab", "second_day", "swarm")
    }


def test_the_longest_part_begins_second(root: Path) -> None:
    """The place of the first one is taken by the last one, and both together take longest."""
    for folder, more in (("swarm", 2), ("second_day", 1)):
        for number in range(more):
            (root / folder / f"test_more_{number}.py").touch()
    assert list(parts([str(root)], root)) == ["second_day", "swarm", "lab"]


def test_every_folder_of_this_project_has_its_place(project: Path) -> None:
    root = project / "tests/e2e"
    chosen = parts([str(root)], root)
    folders = {str(file.parent) for file in root.rglob("test_*.py")}
    assert sorted(folder for words in chosen.values() for folder in words) == sorted(folders)


def test_a_part_runs_alone(root: Path) -> None:
    arguments = [str(root / "swarm"), "-k", "image"]
    assert parts(arguments, root) == {"": arguments}


@pytest.mark.parametrize(
    ("codes", "expected"), [((0, 0), 0), ((0, 1), 1), ((2, 1), 2), ((5, 0), 0), ((5, 5), 5), ((5, 1), 1)]
)
def test_the_exit_code_is_the_worst_one(
    codes: tuple[int, int], expected: int, capfd: pytest.CaptureFixture[str]
) -> None:
    commands = {
        part: [sys.executable, "-c", PRINTS.format(code=code)]
        for part, code in zip(("lab", "second_day"), codes, strict=True)
    }
    assert run(commands, at_once=2) == expected
    lines = capfd.readouterr().out.splitlines()
    assert {"lab         done", "second_day  done"} <= set(lines)


def test_no_more_run_at_once_than_asked_for(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    alone = "import pathlib, sys; mark = pathlib.Path(sys.argv[1]); mark.touch(exist_ok=False); mark.unlink()"
    commands = {str(part): [sys.executable, "-c", alone, str(tmp_path / "mark")] for part in range(4)}
    assert run(commands, at_once=1) == 0, capfd.readouterr().out


def test_the_next_starts_once_the_one_before_has_ended_a_test(tmp_path: Path) -> None:
    """And beside it: the first one ends when it sees the next."""
    file = tmp_path / "course"
    commands = {
        name: [sys.executable, "-c", code, str(file)]
        for name, code in (("1", ENDS_A_TEST), ("2", COMES_NEXT))
    }
    assert run(commands, at_once=2) == 0
    assert file.read_text() == "up, next, end"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_end_reaches_each_of_them_once(
    number: signal.Signals, project: Path, tmp_path: Path
) -> None:
    places = [tmp_path / "first", tmp_path / "second"]
    never = tmp_path / "third"
    commands = {place.name: [sys.executable, "-c", WAITS, str(place)] for place in [*places, never]}
    program = f"import sys; from tests.e2e.__main__ import run; sys.exit(run({commands!r}, 2))"
    # As of a terminal, Ctrl-C goes to the group of processes.
    driver = subprocess.Popen([sys.executable, "-c", program], cwd=project, process_group=0)
    wait_until(lambda: all(place.with_suffix(".ready").exists() for place in places), "both run")
    driver.send_signal(number)
    assert driver.wait(PATIENCE) == 2
    assert {place.read_text() for place in places} == {number.name.removeprefix("SIG")}
    assert not never.with_suffix(".ready").exists()
