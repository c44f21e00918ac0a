"""Run the tests on real hosts: ``python -m tests.e2e [what pytest takes]``, which is what `make e2e` does.

The hosts and addresses of each folder differ from those of the others, and its tests mostly wait. So each folder has a pytest,
and as many run side by side as there are processors. pytest-xdist would leave hosts behind when it is ended: it kills its
processes after seconds.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hubctl.trial.hosts.machine import ENDS_WITH_STARTER

HERE = Path(__file__).resolve().parent
PYTEST = (sys.executable, "-m", "pytest")
NOTHING_RAN = 5  # of pytest: the arguments choose no test
INTERRUPTED = 2  # of pytest
RESULT = re.compile(r"::\S+ (PASSED|FAILED|ERROR|SKIPPED)")


def parts(arguments: Sequence[str], root: Path = HERE) -> dict[str, list[str]]:
    """Return what each pytest is called with, by the name of its folder.

    Where the arguments name the folder of all these tests, each of its folders takes that place; else there is one pytest.
    """
    if not any(_is(root, argument) for argument in arguments):
        return {"": list(arguments)}
    files = {folder: sorted(folder.glob("test_*.py")) for folder in sorted(root.iterdir())}
    # On two processors: that with most files takes nearly as long as the others together, so these begin first.
    most, *others = sorted(filter(files.get, files), key=lambda folder: -len(files[folder]))
    folders = [*others[:1], most, *others[1:]]
    return {
        folder.name: [str(folder) if _is(root, argument) else argument for argument in arguments]
        for folder in folders
    }


def run(commands: Mapping[str, list[str]], at_once: int) -> int:
    """Run the commands, each line of theirs with its part's name before it; return the worst exit code.

    The next one starts once the one before has ended a test, as to bring hosts up keeps all processors busy; no more than
    ``at_once`` run. A request to end reaches each that runs once, and is waited for; no other one starts.
    """
    if len(commands) == 1:
        (command,) = commands.values()
        os.execv(command[0], command)  # noqa: S606 - there is nothing for a shell to do
    side_by_side = SideBySide(commands)
    with side_by_side.hearing_requests(), ThreadPoolExecutor(max_workers=at_once) as pool:
        for part, command in commands.items():
            begun = threading.Event()
            pool.submit(side_by_side.follow, part, command, begun)
            begun.wait()
    codes = side_by_side.codes
    if set(codes.values()) > {NOTHING_RAN}:
        codes = {part: 0 if code == NOTHING_RAN else code for part, code in codes.items()}
    for part, code in codes.items():
        side_by_side.say(part, "passed" if code == 0 else f"failed, exit code {code}")
    return max(abs(code) for code in codes.values())


class SideBySide:
    """Commands that run, and the exit codes of all."""

    def __init__(self, parts: Iterable[str]) -> None:
        self.codes = dict.fromkeys(parts, INTERRUPTED)
        self._width = max(map(len, self.codes))
        self._running: list[subprocess.Popen[str]] = []
        self._ending = False

    def follow(self, part: str, command: Sequence[str], begun: threading.Event) -> None:
        """Run one command to its end; set ``begun`` once it has ended a test, or has ended."""
        try:
            if self._ending:
                return
            with self._started(command) as program:
                assert program.stdout is not None
                for line in program.stdout:
                    self.say(part, line.rstrip("\n"))
                    if RESULT.search(line):
                        begun.set()
            self.codes[part] = program.returncode
        finally:
            begun.set()

    def say(self, part: str, line: str) -> None:
        """Print a line of a part, whole."""
        sys.stdout.write(f"{part:{self._width}}  {line}\n")
        sys.stdout.flush()

    @contextlib.contextmanager
    def hearing_requests(self) -> Iterator[None]:
        """Pass SIGINT and SIGTERM on for as long as the block lasts."""

        def ask(number: int, _: object) -> None:
            self._ending = True
            for program in list(self._running):
                program.send_signal(number)

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def _started(self, command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [*ENDS_WITH_STARTER, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,  # so that Ctrl-C does not reach it a second time
        ) as program:
            self._running.append(program)
            yield program
            program.wait()
            self._running.remove(program)


def _is(root: Path, argument: str) -> bool:
    return not argument.startswith("-") and Path(argument).resolve() == root


if __name__ == "__main__":
    chosen = parts(sys.argv[1:] or [str(HERE)])
    # A line for each test: of the usual dots nothing is seen until a file has ended.
    options = ["-v"] if len(chosen) > 1 else []
    calls = {part: [*PYTEST, *options, *words] for part, words in chosen.items()}
    sys.exit(run(calls, at_once=len(os.sched_getaffinity(0))))
