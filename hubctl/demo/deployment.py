"""Deploy the synthesized stacks with the real cdktf, and plan again to prove that nothing is left to do.

What ``cdktf deploy`` prints is read, and said in short: how far each stack is. The steps are numbered and timed, with a
sign of life at least every few seconds.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

from hubctl.core.console import Writer
from hubctl.core.errors import HubctlError
from hubctl.core.processes import run_program
from hubctl.core.terraform.driver import Terraform
from hubctl.core.terraform.plan import Plan, without_escapes
from hubctl.demo.workspace import Workspace
from stacks.registry import RegisteredStack

_PLAN = re.compile(r"^Plan: (?:\d+ to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy")
_BEGUN = re.compile(r"^(?P<address>\S+): (?:Creating|Modifying|Destroying|Reading)\.\.\.")
_DONE = re.compile(r"^(?P<address>\S+): (?P<what>Creation|Modifications|Destruction|Read) complete after")
_FINISHED = re.compile(r"^Apply complete!")
_FRAME = "│╷╵ "

REPORT_EVERY = 2.0  # seconds between two reports of a stack, at least
QUIET_AT_MOST = 4.0  # seconds without a line
DEPLOYED_WITHIN = 1800.0  # seconds
GRACE = 3.0  # seconds: an interrupted demo has no state worth waiting for


class StackProgress:
    """How far one stack is."""

    def __init__(self) -> None:
        self.planned: int | None = None
        self.created = 0
        self.under_way: dict[str, None] = {}  # addresses in the order in which they began
        self.finished = False
        self.failed = False
        self.last_report = 0.0
        self.reported = 0


class DeployProgress:
    """Follows one ``cdktf deploy``; ``report`` prints a line."""

    def __init__(
        self,
        stacks: Sequence[str],
        report: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stacks = {name: StackProgress() for name in stacks}
        self.error_lines: list[str] = []
        self._current: str | None = None
        self._in_error = False
        self._report = report
        self._clock = clock
        self._begun = clock()

    def read(self, line: str) -> None:
        """Take in one line of the output."""
        text = self._without_stack(without_escapes(line).rstrip())
        self._keep_errors(text)
        stack = self.stacks.get(self._current or "")
        if stack is None:
            return
        text = text.strip()
        if match := _PLAN.match(text):
            stack.planned = int(match[1])
            self._report(f"{self._current}: {match[1]} resources to create")
        elif match := _BEGUN.match(text):
            stack.under_way[match["address"]] = None
        elif match := _DONE.match(text):
            stack.under_way.pop(match["address"], None)
            if match["what"] == "Creation":
                stack.created += 1
        elif _FINISHED.match(text):
            stack.finished = True
            self._report(f"{self._current}: deployed, {self._counter(stack)}")
        self._report_sometimes(stack)

    def now(self) -> str:
        """Say in one line what is being waited for."""
        waiting = []
        for name, stack in self.stacks.items():
            if not stack.finished:
                stack.reported = stack.created  # said here, so not again in another line
                under_way = f", waiting for {_some(list(stack.under_way))}" if stack.under_way else ""
                waiting.append(f"{name}: {self._counter(stack, timed=False)}{under_way}")
        return "; ".join(waiting) or "closing"

    def errors(self) -> str:
        """Return the errors that Terraform reported, without frames."""
        return "\n".join(self.error_lines).strip()

    def _without_stack(self, text: str) -> str:
        for name in self.stacks:
            if text.startswith(f"{name}  "):
                self._current = name
                return text[len(name) + 2 :]
        return text

    def _keep_errors(self, text: str) -> None:
        bare = text.strip(_FRAME)
        if bare.startswith("Error:"):
            self._in_error = True
            if self._current is not None:
                bare = f"{self._current}: {bare}"
                self.stacks[self._current].failed = True
            self._report(bare)
        if self._in_error and (bare or (self.error_lines and self.error_lines[-1])):
            self.error_lines.append(bare)
        if text.strip() == "╵":
            self._in_error = False

    def _report_sometimes(self, stack: StackProgress) -> None:
        now = self._clock()
        if stack.finished or stack.created == stack.reported or now - stack.last_report < REPORT_EVERY:
            return
        stack.last_report, stack.reported = now, stack.created
        self._report(f"{self._current}: {self._counter(stack)}")

    def _counter(self, stack: StackProgress, *, timed: bool = True) -> str:
        if stack.planned is None:
            return "failed" if stack.failed else "preparing"
        time_taken = f", {self._clock() - self._begun:.0f} s" if timed else ""
        return f"{stack.created} of {stack.planned} created{time_taken}"


def _some(addresses: list[str]) -> str:
    shown = ", ".join(addresses[:2])
    return f"{shown} and {len(addresses) - 2} more" if len(addresses) > 2 else shown


class Steps:
    """Prints the progress of a known number of steps to a console."""

    def __init__(self, console: Writer, number: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._number = number
        self._clock = clock
        self._begun = clock()
        self._step_begun = self._begun
        self._last_line = self._begun
        self._doing: Callable[[], str] = lambda: "still working"
        self.timings: list[tuple[str, float]] = []

    @contextmanager
    def step(self, title: str, doing: Callable[[], str] | None = None) -> Iterator[None]:
        """Announce a step and, when it ends well, say how long it took.

        ``doing`` is asked for what goes on whenever nothing was printed for a while.
        """
        self._step_begun = self._clock()
        self._doing = doing or (lambda: "still working")
        self._print(f"[{len(self.timings) + 1}/{self._number}] {title}", style="bold")
        yield
        seconds = self._clock() - self._step_begun
        self.timings.append((title, seconds))
        self.line(f"done, {seconds:.0f} s")

    def line(self, text: str) -> None:
        """Print a line that belongs to the current step."""
        self._print(f"      {text}")

    def tick(self) -> None:
        """Print a sign of life if there was none for a while; to be called several times a second."""
        now = self._clock()
        if now - self._last_line >= QUIET_AT_MOST:
            self.line(f"{self._doing()}, {now - self._step_begun:.0f} s")

    @property
    def total(self) -> float:
        """Seconds since the first step."""
        return self._clock() - self._begun

    def _print(self, text: str, style: str = "") -> None:
        self._console.say(text, style=style)
        self._last_line = self._clock()


def cdktf_environment(environment: Mapping[str, str], workspace: Workspace) -> dict[str, str]:
    """Return the environment of the cdktf command line: no prompts, nothing written to the home folder."""
    return {**environment, "CI": "1", "CDKTF_HOME": str(workspace.folder / "cdktf-home")}


def deploy(
    workspace: Workspace,
    stacks: Sequence[RegisteredStack],
    environment: Mapping[str, str],
    steps: Steps,
    progress: DeployProgress,
) -> None:
    """Deploy the stacks side by side. Raises HubctlError with Terraform's errors.

    ``--skip-provider-lock`` because that command asks a registry, which the trial does without.
    """
    log = workspace.logs / "deploy.log"
    command = [str(workspace.project / "node_modules" / ".bin" / "cdktf"), "deploy"]
    command += [stack.name for stack in stacks]
    command += ["--skip-synth", "--skip-provider-lock", "--auto-approve"]
    command += ["--output", str(workspace.output.relative_to(workspace.project))]
    with log.open("w", encoding="utf-8") as stream:

        def on_line(line: str) -> None:
            print(without_escapes(line), file=stream, flush=True)
            progress.read(line)

        finished = run_program(
            command,
            folder=workspace.project,
            environment=cdktf_environment(environment, workspace),
            deadline=DEPLOYED_WITHIN,
            on_line=on_line,
            on_tick=steps.tick,
            grace=GRACE,
        )
        print(without_escapes(finished.errors), file=stream)
    if finished.exit_code != 0:
        complaint = progress.errors() or "\n".join(_tail(finished.errors + finished.output))
        raise HubctlError(f"cdktf deploy failed:\n{complaint}", remedy=f"The whole log is {log}.")
    unfinished = [name for name, stack in progress.stacks.items() if not stack.finished]
    if unfinished:
        raise HubctlError(
            f"cdktf ended without having deployed {', '.join(unfinished)}", remedy=f"The whole log is {log}."
        )


def second_plans(
    workspace: Workspace, stacks: Sequence[RegisteredStack], environment: Mapping[str, str], steps: Steps
) -> dict[str, Plan]:
    """Plan every deployed stack again, side by side; return the plans by stack."""
    stop = threading.Event()

    def stop_with_the_others() -> None:
        if stop.is_set():
            raise HubctlError("stopped", remedy="Run it again.")

    def plan(stack: RegisteredStack) -> Plan:
        folder = workspace.stack_folder(stack.name)
        return Terraform(folder, environment, on_tick=stop_with_the_others, grace=GRACE).plan()

    with ThreadPoolExecutor(max_workers=len(stacks)) as pool:
        planning = {pool.submit(plan, stack): stack.name for stack in stacks}
        waiting = set(planning)
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=0.25)
                steps.tick()
                for future in done:
                    steps.line(
                        f"{planning[future]}: {'nothing to do' if future.result().is_empty else 'changes'}"
                    )
        finally:
            stop.set()
    return {name: future.result() for future, name in planning.items()}


def check_empty(plans: Mapping[str, Plan]) -> None:
    """Raise HubctlError with every change when a second plan is not empty."""
    changes = [f"  {name}: {line}" for name, plan in plans.items() for line in plan.describe()]
    if changes:
        raise HubctlError(
            "a second plan would change what was just deployed:\n" + "\n".join(changes),
            remedy="Either the stack sets what AWS reports differently, or the local AWS reports it wrongly.",
        )


def _tail(text: str) -> list[str]:
    return without_escapes(text).strip().splitlines()[-25:]
