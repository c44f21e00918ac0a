"""Read what ``cdktf deploy`` prints, and say in short how far each stack is.

cdktf writes the name of the stack before a line of Terraform's when it differs from the line before, and
indents the lines that follow by as much.
"""

import re
import time
from collections.abc import Callable, Sequence

from hubctl.terraform.messages import without_escapes

_PLAN = re.compile(r"^Plan: (?:\d+ to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy")
_BEGUN = re.compile(r"^(?P<address>\S+): (?:Creating|Modifying|Destroying|Reading)\.\.\.")
_DONE = re.compile(r"^(?P<address>\S+): (?P<what>Creation|Modifications|Destruction|Read) complete after")
_FINISHED = re.compile(r"^Apply complete!")
_FRAME = "│╷╵ "

EVERY = 2.0  # seconds between two reports of a stack, at least


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
                stack.reported = stack.created  # said here, so not again in a line of its own
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
        if stack.finished or stack.created == stack.reported or now - stack.last_report < EVERY:
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
