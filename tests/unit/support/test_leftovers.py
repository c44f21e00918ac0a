"""The guard over all tests, with tests that leave something behind, run by a pytest in a process apart."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.leftovers import changed, outliving, surroundings

pytest_plugins = ["pytester"]

CONFTEST = """\
import pytest
from tests.support.leftovers import LeftoversPlugin, shared_folder

LEFT = []

def pytest_configure(config):
    config.pluginmanager.register(LeftoversPlugin(grace={grace}))

@pytest.fixture
def left():
    return LEFT

@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    for name in ("kept", "changed", "removed"):
        (folder / name).write_text(name)
    return shared_folder(folder)

def pytest_sessionfinish():
    for clean_up in LEFT:
        clean_up()
"""
LEAVING = """\
import os, signal, subprocess, sys, threading

def test_thread(left):
    stop = threading.Event()
    left.append(stop.set)
    threading.Thread(target=stop.wait, name="forgotten", daemon=True).start()

def test_program(left):
    program = subprocess.Popen(["sleep", "600"])
    left += [program.kill, program.wait]

def test_program_that_was_not_waited_for(left):
    program = subprocess.Popen(["true"])
    left.append(program.wait)

def test_variable():
    os.environ["LEFT_BEHIND"] = "yes"

def test_folder():
    os.chdir("/")

def test_umask():
    os.umask(0o077)

def test_handler():
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)

def test_path():
    sys.path.append("/nowhere")

def test_shared_folder(shared):
    (shared / "changed").write_text("otherwise")
    (shared / "removed").unlink()
    (shared / "new").touch()
"""
TIDY = """\
import os, subprocess, threading, time
import pytest

@pytest.fixture(scope="module")
def server(left):
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    program = subprocess.Popen(["sleep", "600"])
    os.environ["SERVER"] = "here"
    yield
    del os.environ["SERVER"]
    program.kill()
    program.wait()
    stop.set()
    thread.join()

@pytest.fixture(scope="module")
def left():
    return []

def test_asks_for_it_late(request):
    request.getfixturevalue("server")

def test_uses_it_too(server, monkeypatch, tmp_path):
    monkeypatch.setenv("OWN", "variable")
    monkeypatch.delenv("SERVER")
    monkeypatch.chdir(tmp_path)

def test_reads_what_all_share(shared):
    assert (shared / "kept").read_text() == "kept"

def test_ends_a_moment_later():
    threading.Thread(target=time.sleep, args=(0.2,)).start()
"""


def run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, project: Path, **files: str
) -> pytest.RunResult:
    monkeypatch.setenv("PYTHONPATH", str(project))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(**files)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider")


def test_each_leftover_fails_the_test_that_leaves_it_and_no_other(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    result = run(pytester, monkeypatch, project, conftest=CONFTEST.format(grace=0.2), test_leaving=LEAVING)
    tests = LEAVING.count("def test_")
    result.assert_outcomes(passed=tests, errors=tests)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_thread *",
            "the thread forgotten still runs: *wait*",
            "*ERROR at teardown of test_program *",
            "the process * was not waited for: sleep 600",
            "*ERROR at teardown of test_program_that_was_not_waited_for *",
            "the process * was not waited for: *",
            "*ERROR at teardown of test_variable *",
            "the environment variable LEFT_BEHIND was None and is 'yes'",
            "*ERROR at teardown of test_folder *",
            "the working directory was * and is '/'",
            "*ERROR at teardown of test_umask *",
            "the umask was * and is b'0077'",
            "*ERROR at teardown of test_handler *",
            "the handler of SIGUSR1 was *SIG_DFL* and is *SIG_IGN*",
            "*ERROR at teardown of test_path *",
            "the import path was * and is *'/nowhere')",
            "*ERROR at teardown of test_shared_folder *",
            "the folder shared0, which tests share, was changed: changed, new, removed",
        ]
    )


def test_what_fixtures_of_a_module_hold_may_stay_for_its_tests(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    result = run(pytester, monkeypatch, project, conftest=CONFTEST.format(grace=120), test_tidy=TIDY)
    result.assert_outcomes(passed=4)


def test_this_very_test_is_watched(request: pytest.FixtureRequest) -> None:
    assert "nothing_is_left_behind" in request.fixturenames


def test_a_thread_and_a_program_are_named() -> None:
    before, stop = surroundings(), threading.Event()
    thread = threading.Thread(target=stop.wait, name="patient")
    thread.start()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as program:
        found = outliving(before, grace=0)
        stop.set()
        thread.join()
        program.communicate(b"\n")
    assert len(found) == 2
    assert found[0].startswith("the thread patient still runs")
    assert str(program.pid) in found[1]
    assert outliving(before) == []


def test_a_variable_that_a_test_deletes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAS_THERE", "1")
    before = surroundings()
    del os.environ["WAS_THERE"]
    assert changed(before, surroundings()) == ["the environment variable WAS_THERE was '1' and is None"]
