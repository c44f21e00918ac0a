"""A pytest plugin: each test leaves the process as it was. What outlives a test fails another one, at random.

After each test none of its threads and child processes is there any more, and environment variables, working directory,
umask, signal handlers and import path are what they were, and so are the folders that tests share (:func:`shared_folder`).
What fixtures of a wider scope start or change may stay: it ends with their module or session.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# Threads and programs that have just been asked to end may need a moment; only a test that fails waits so long.
GRACE = 30.0
PAUSE = 0.005
# What libraries keep for as long as the process lives: jsii, which the stacks silence when they are imported, one Node and a
# thread that reads from it, and pycares, which resolves names for aiohttp, a thread that ends its channels.
KEPT_VARIABLES = ("JSII_", "PYTEST_CURRENT_TEST")
KEPT_PROGRAM = b"jsii-runtime"
KEPT_MODULES = ("jsii.", "pycares")
SIGNALS = [
    getattr(signal, name)
    for name in (
        "SIGHUP",
        "SIGINT",
        "SIGQUIT",
        "SIGTERM",
        "SIGCHLD",
        "SIGPIPE",
        "SIGALRM",
        "SIGUSR1",
        "SIGUSR2",
    )
]
TASKS = "/proc/self/task"
# The folders that tests share, and what was in each when it was made: by file, its size and when it was changed
SHARED: dict[Path, dict[str, tuple[int, int]]] = {}


@dataclass
class Surroundings:
    """What a test may not change for those that follow."""

    threads: set[threading.Thread]
    children: set[int]
    values: dict[str, Any]
    environment: dict[str, str]


def surroundings() -> Surroundings:
    """Return what there is now."""
    values = {f"handler of {number.name}": signal.getsignal(number) for number in SIGNALS}
    values |= {"working directory": _working_directory(), "umask": _umask(), "import path": tuple(sys.path)}
    return Surroundings(
        threads=set(threading.enumerate()),
        children=children(),
        values=values,
        environment=dict(os.environ),
    )


def shared_folder(folder: Path) -> Path:
    """Return a folder that a fixture has filled for several tests; from now on none of them may change it."""
    SHARED[folder] = _files(folder)
    return folder


def touched() -> list[str]:
    """Return a sentence for each shared folder that is not what it was; what is there now is good for the next test."""
    found = []
    for folder, before in SHARED.items():
        now = _files(folder)
        if now != before:
            names = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
            found.append(f"the folder {folder.name}, which tests share, was changed: {', '.join(names)}")
            SHARED[folder] = now
    return found


def children() -> set[int]:
    """Return the processes that this one has started and has not waited for; none where /proc does not tell."""
    found: set[int] = set()
    for path in [f"{TASKS}/{task}/children" for task in _entries(TASKS)]:
        found.update(map(int, _content(path).split()))
    return found


def changed(before: Surroundings, now: Surroundings) -> list[str]:
    """Return a sentence for each value that is not what it was."""
    return [
        f"the {kind}{name} was {was.get(name)!r} and is {became.get(name)!r}"
        for kind, was, became in (
            ("", before.values, now.values),
            ("environment variable ", before.environment, now.environment),
        )
        if was != became
        for name in sorted(was.keys() | became.keys())
        if was.get(name) != became.get(name) and not name.startswith(KEPT_VARIABLES)
    ]


def outliving(before: Surroundings, grace: float = GRACE) -> list[str]:
    """Return a sentence for each thread and program that is new and does not end within ``grace`` seconds."""
    deadline = time.monotonic() + grace
    while (found := _new(before)) and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return found


def _new(before: Surroundings) -> list[str]:
    found = []
    for thread in set(threading.enumerate()) - before.threads:
        target = getattr(thread, "_target", None)
        if not str(getattr(target, "__module__", "")).startswith(KEPT_MODULES):
            found.append(f"the thread {thread.name} still runs: {target or thread!r}")
    for child in children() - before.children:
        command = _content(f"/proc/{child}/cmdline").replace(b"\0", b" ").strip()
        if KEPT_PROGRAM not in command:
            found.append(
                f"the process {child} was not waited for: {command.decode(errors='replace') or 'it has ended'}"
            )
    return found


class LeftoversPlugin:
    """Looks before and after each test; its fixture comes first among those of a test, and is taken down last."""

    def __init__(self, grace: float = GRACE) -> None:
        self._grace = grace
        self._before: Surroundings | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        """Let stay what a fixture of a wider scope brings, although a test was the first to ask for it."""
        known = self._before
        if fixturedef.scope == "function" or known is None:
            return (yield)
        before = surroundings()
        try:
            return (yield)
        finally:
            now = surroundings()
            known.threads |= now.threads - before.threads
            known.children |= now.children - before.children
            _carry_over(before.values, now.values, known.values)
            _carry_over(before.environment, now.environment, known.environment)

    @pytest.fixture(autouse=True)
    def nothing_is_left_behind(self) -> Iterator[None]:
        before = self._before = surroundings()
        yield
        self._before = None
        found = changed(before, surroundings()) + touched() + outliving(before, self._grace)
        if found:
            pytest.fail("this test leaves something behind:\n" + "\n".join(found), pytrace=False)


def pytest_configure(config: pytest.Config) -> None:
    """Start to look."""
    config.pluginmanager.register(LeftoversPlugin(), "leftovers")


def _carry_over(before: dict[str, Any], now: dict[str, Any], known: dict[str, Any]) -> None:
    for name in before.keys() | now.keys():
        if name not in now:
            known.pop(name, None)
        elif before.get(name) != now[name]:
            known[name] = now[name]


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            state = os.stat(f"{place}/{name}")  # noqa: PTH116 - for each test: pathlib takes several times as long
            found[f"{place}/{name}".removeprefix(f"{folder}/")] = (state.st_size, state.st_mtime_ns)
    return found


def _working_directory() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return "a folder that is gone"


def _umask() -> bytes:
    # Asking by os.umask would change it for a moment, for other threads too.
    return _content("/proc/self/status").partition(b"Umask:")[2].partition(b"\n")[0].strip()


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - for each test: pathlib takes several times as long
    except OSError:
        return []


def _content(path: str) -> bytes:
    """Return what a file of /proc says; nothing when what it tells of has ended."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
